package io.croft;

import io.croft.input.Ids;
import java.util.Objects;
import java.util.UUID;

/**
 * For which organisation, by whom and in which request a call is made: the first parameter of every call on tenant
 * data. It is passed on by hand, never kept in a thread, and has no default.
 *
 * @param org       the organisation whose data the call may touch
 * @param actor     who acts
 * @param requestId the host's id of the request, 1 to 128 characters, found again in logs
 */
public record TenantContext(OrgId org, Actor actor, String requestId) {

    public TenantContext {
        Objects.requireNonNull(org, "org");
        Objects.requireNonNull(actor, "actor");
        Ids.checkName("request id", requestId);
    }

    /** A context with a random request id. */
    public static TenantContext of(OrgId org, Actor actor) {
        return new TenantContext(org, actor, UUID.randomUUID().toString());
    }

    /** The same organisation and actor in another request. */
    public TenantContext withRequestId(String requestId) {
        return new TenantContext(org, actor, requestId);
    }
}
