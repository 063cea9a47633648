package io.croft.ingest.fetch;

import io.croft.CroftException;
import org.jspecify.annotations.Nullable;

/**
 * A page that could not be fetched, or may not be. An answer of the server is no such thing, whatever its status.
 */
public final class FetchException extends CroftException {

    private static final long serialVersionUID = 1L;

    private static final int MOST_SHOWN = 120;

    private final Reason reason;

    FetchException(Reason reason, String message) {
        this(reason, message, null);
    }

    FetchException(Reason reason, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /** Why. */
    public Reason reason() {
        return reason;
    }

    /** Whether it may be otherwise when tried again later; what is against the rules stays so. */
    public boolean mayPass() {
        return switch (reason) {
            case UNKNOWN_HOST, UNREACHABLE, TIMEOUT, INTERRUPTED -> true;
            case INVALID_URL, FORBIDDEN_ADDRESS, FORBIDDEN_PORT, TOO_MANY_REDIRECTS, TOO_LARGE, UNREADABLE -> false;
        };
    }

    /** A URL, or a part of one, as messages show it: short, on one line, without a query, which may hold secrets. */
    static String shown(String url) {
        int query = url.indexOf('?');
        String text = query < 0 ? url : url.substring(0, query + 1) + "…";
        text = text.length() <= MOST_SHOWN ? text : text.substring(0, MOST_SHOWN) + "…";
        return '"' + text.replaceAll("\\p{Cntrl}|[\u2028\u2029]", " ") + '"';
    }

    /** Why a page could not be fetched. */
    public enum Reason {

        /** No URL of http or https, or one with a user name or a host that cannot be. */
        INVALID_URL,

        /** The host has an address that is not of the public internet. */
        FORBIDDEN_ADDRESS,

        /** The port is not one of those that are allowed. */
        FORBIDDEN_PORT,

        /** The host has no address. */
        UNKNOWN_HOST,

        /** The connection could not be made, or broke, or the server is not who it must be. */
        UNREACHABLE,

        /** It was not all there in time. */
        TIMEOUT,

        /** The thread was interrupted; it still is. */
        INTERRUPTED,

        /** More redirects, one after the other, than allowed. */
        TOO_MANY_REDIRECTS,

        /** The body, or what it is when inflated, is larger than allowed. */
        TOO_LARGE,

        /** The answer is not HTTP, has too large a head, or a coding of content that was not asked for. */
        UNREADABLE
    }
}
