package io.croft.spi;

import io.croft.OrgId;
import io.croft.search.Source;
import java.util.Objects;
import java.util.UUID;

/** Which index: that of one life of an organisation, or the marketplace's. */
public sealed interface IndexScope {

    /** The source that hits of this index have. */
    Source source();

    /**
     * The private index of one life of an organisation.
     *
     * @param org         the organisation
     * @param incarnation its life
     */
    record PrivateIndex(OrgId org, UUID incarnation) implements IndexScope {

        public PrivateIndex {
            Objects.requireNonNull(org, "org");
            Objects.requireNonNull(incarnation, "incarnation");
        }

        @Override
        public Source source() {
            return Source.PRIVATE;
        }
    }

    /** The one index of the marketplace. */
    record MarketIndex() implements IndexScope {

        @Override
        public Source source() {
            return Source.MARKETPLACE;
        }
    }
}
