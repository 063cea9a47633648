package io.croft.pg.tx;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.UnknownOrgException;
import io.croft.spi.IndexScope.PrivateIndex;

/** What every store refuses, in the same words. */
public final class Refusals {

    private Refusals() {
    }

    /** For a write of an organisation that has no row, or an erased one's. */
    public static UnknownOrgException unknown(OrgId org) {
        return new UnknownOrgException("organisation " + org
                + " does not exist or is being erased: create it with orgs().create(…) first");
    }

    /** For a read of an index whose organisation, or whose life of it, is gone. */
    public static UnknownOrgException notThisLife(PrivateIndex index) {
        return new UnknownOrgException("organisation " + index.org() + " does not exist, is being erased, or its life "
                + index.incarnation() + " is over: its index is to be dropped");
    }

    /** Refuses a call for none or for more than so many. */
    public static void requireBatch(String what, int size, int most) {
        if (size < 1 || size > most) {
            throw new InvalidInputException(size + " " + what + " in one call: 1 to " + most + " are accepted");
        }
    }
}
