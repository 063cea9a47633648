package io.croft.spi.contract;

import io.croft.OrgId;
import io.croft.content.ContentStatus;
import io.croft.search.Source;
import io.croft.spi.ContentStore;
import io.croft.spi.IndexScope;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Outcome;
import java.time.Duration;
import java.util.List;

/** What the cases of content share. */
interface ContentFixture extends StoreFixture {

    IndexScope MARKET = new IndexScope.MarketIndex();

    ContentSteps steps();

    default ContentStore contents() {
        return store().content();
    }

    default IndexScope scope(OrgId org, Source source) {
        return switch (source) {
            case PRIVATE -> scope(org);
            case MARKETPLACE -> MARKET;
        };
    }

    default ContentStatus.State state(OrgId org, Source source, String id) {
        return contents().status(org, source, id).orElseThrow().state();
    }

    /** Lets the attempts of a revision's job fail until it is dead. */
    default void letDie(ContentStore.Stored stored) {
        for (int attempt = 0; attempt < steps().kind().retry().maxAttempts(); attempt++) {
            store().jobs().finish(List.of(new Completion(steps().claim(stored).lease(),
                    new Outcome.Failed(Duration.ZERO, "java.io.IOException", "no model"))));
        }
    }
}
