package io.croft.pg.tx;

import io.croft.OrgId;

/**
 * Who a transaction runs as: a role and, for the policies of row-level security, an organisation.
 *
 * @param role       the role
 * @param orgSetting the organisation's id, or empty for none: then the policies let no tenant row pass
 */
public record Access(DbRole role, String orgSetting) {

    private static final Access INDEX = new Access(DbRole.INDEX, "");
    private static final Access ADMIN = new Access(DbRole.ADMIN, "");
    private static final Access WORKER = new Access(DbRole.WORKER, "");

    /** An organisation's own work. */
    public static Access tenant(OrgId org) {
        return new Access(DbRole.APP, org.toString());
    }

    /** Administration of an organisation from outside. */
    public static Access admin(OrgId org) {
        return new Access(DbRole.ADMIN, org.toString());
    }

    /** Administration of no one organisation. */
    public static Access admin() {
        return ADMIN;
    }

    /** Following the change logs and reading the marketplace. */
    public static Access index() {
        return INDEX;
    }

    /** The queue's work over all organisations. */
    public static Access worker() {
        return WORKER;
    }
}
