package io.croft.guard;

import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * What logs say of the call that a thread is in, until it is restored: then they say again what they said before, so
 * that calls within calls, and whatever the host put there, find theirs again. Confined to one thread.
 */
final class LogContext {

    static final String REQUEST_ID = "request_id";
    static final String ORG_ID = "org_id";
    static final String ACTOR_ROLE = "actor_role";

    private final @Nullable String outerRequest = MDC.get(REQUEST_ID);
    private final @Nullable String outerOrg = MDC.get(ORG_ID);
    private final @Nullable String outerRole = MDC.get(ACTOR_ROLE);

    /**
     * Begins.
     *
     * @param request the request's id; null leaves what is there, which is the host's
     * @param org     how the organisation is named; null for a call that is for none
     */
    LogContext(@Nullable String request, @Nullable String org, String role) {
        set(REQUEST_ID, request == null ? outerRequest : request);
        set(ORG_ID, org);
        set(ACTOR_ROLE, role);
    }

    /** Ends, on the same thread. */
    void restore() {
        set(REQUEST_ID, outerRequest);
        set(ORG_ID, outerOrg);
        set(ACTOR_ROLE, outerRole);
    }

    private static void set(String key, @Nullable String value) {
        if (value == null) {
            MDC.remove(key);
        } else {
            MDC.put(key, value);
        }
    }
}
