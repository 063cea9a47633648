package io.croft.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.Actor;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.content.WriteReceipt;
import io.croft.search.Source;
import java.lang.reflect.Proxy;
import java.util.Iterator;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ImportingTest {

    private static final int ITEMS = 5;

    private final TenantContext acme = TenantContext.of(OrgId.named("acme"), Actor.service("test"));
    private final IngestReceipt written = new IngestReceipt(new WriteReceipt(acme.org(), new UUID(7, 7),
            Source.PRIVATE, "thing", 1, false, Optional.empty()), false);
    private final Ingestion ingestion = (Ingestion) Proxy.newProxyInstance(ImportingTest.class.getClassLoader(),
            new Class<?>[]{Ingestion.class}, (proxy, method, arguments) -> written);

    private ImportReport run(int interruptedAt) {
        Iterator<Imported> items = IntStream.range(0, ITEMS).mapToObj(i -> {
            if (i == interruptedAt) {
                Thread.currentThread().interrupt();
            }
            return Imported.text(Source.PRIVATE, "item-" + i, "Saddles.");
        }).iterator();
        try {
            return new Importing(ingestion, acme).run(items);
        } finally {
            Thread.interrupted();
        }
    }

    @Test
    void report_ofWhatWasReadToItsEndIsComplete() {
        assertThat(run(ITEMS)).extracting(ImportReport::read, ImportReport::ended, ImportReport::isComplete)
                .containsExactly((long) ITEMS, true, true);
    }

    @Test
    void report_ofWhatWasInterruptedIsNot() {
        assertThat(run(2)).extracting(ImportReport::read, ImportReport::ended, ImportReport::isComplete)
                .containsExactly(3L, false, false);
    }
}
