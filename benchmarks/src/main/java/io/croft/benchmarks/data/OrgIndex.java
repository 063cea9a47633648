package io.croft.benchmarks.data;

import io.croft.OrgId;
import io.croft.spi.IndexScope;
import java.util.UUID;

/** The private index of an organisation that has a name: the same one in every process. */
public final class OrgIndex {

    private OrgIndex() {
    }

    /** The index of the organisation of this name. */
    public static IndexScope.PrivateIndex named(String org) {
        return new IndexScope.PrivateIndex(OrgId.named(org), new UUID(7, org.hashCode()));
    }
}
