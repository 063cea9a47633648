package io.croft;

import java.util.UUID;

/**
 * The organisation is suspended: see {@link Orgs#suspend}. Nothing was read or written. All that it has is kept, and is
 * there again once it is resumed.
 */
public final class OrgSuspendedException extends CroftException {

    private static final long serialVersionUID = 1L;

    private final UUID org;

    /** For a call of this organisation. */
    public OrgSuspendedException(OrgId org) {
        super("organisation " + org + " is suspended: nothing of it is read or written until a super admin resumes it"
                + " with orgs().resume(…)");
        this.org = org.value();
    }

    /** Which organisation it is. */
    public OrgId org() {
        return OrgId.of(org);
    }
}
