package io.croft.pg.tx;

import io.croft.OrgQuotas.Resource;

/** The numbers that resources have in the database. */
public final class QuotaNumbers {

    private QuotaNumbers() {
    }

    /** The number of a resource. */
    public static int of(Resource resource) {
        return switch (resource) {
            case QUEUED_JOBS -> 1;
            case DOCUMENTS -> 2;
            case LISTINGS -> 3;
            case CHUNKS -> 4;
            case BYTES -> 5;
        };
    }

    /** The resource with this number. */
    public static Resource resource(int number) {
        for (Resource resource : Resource.values()) {
            if (of(resource) == number) {
                return resource;
            }
        }
        throw new IllegalStateException("the database gave the number " + number + " of a resource");
    }
}
