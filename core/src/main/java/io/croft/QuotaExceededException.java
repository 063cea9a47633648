package io.croft;

import io.croft.OrgQuotas.Resource;
import java.util.UUID;

/**
 * The organisation would have more than it may: see {@link Orgs#setQuotas}. Nothing of the call was done; it may be
 * made again once there is room.
 */
public final class QuotaExceededException extends CroftException {

    private static final long serialVersionUID = 1L;

    private final UUID org;
    private final Resource resource;
    private final long limit;
    private final long used;
    private final long wanted;

    /**
     * For a call that would add too much.
     *
     * @param limit  how much it may have
     * @param used   how much it had
     * @param wanted how much the call would have added
     */
    public QuotaExceededException(OrgId org, Resource resource, long limit, long used, long wanted) {
        super("organisation " + org + " may have " + limit + " " + resource.text() + " and has " + used
                + ": this call would add " + wanted + "; " + resource.remedy()
                + ", or let a super admin raise the limit with orgs().setQuotas(…)");
        this.org = org.value();
        this.resource = resource;
        this.limit = limit;
        this.used = used;
        this.wanted = wanted;
    }

    /** Whose limit it is. */
    public OrgId org() {
        return OrgId.of(org);
    }

    /** Of what. */
    public Resource resource() {
        return resource;
    }

    /** How much it may have. */
    public long limit() {
        return limit;
    }

    /** How much it had, without what others' transactions were just adding. */
    public long used() {
        return used;
    }

    /** How much the call would have added. */
    public long wanted() {
        return wanted;
    }
}
