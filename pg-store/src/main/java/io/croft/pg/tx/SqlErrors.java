package io.croft.pg.tx;

import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.OrgMovedException;
import io.croft.OrgSuspendedException;
import io.croft.QuotaExceededException;
import io.croft.StaleLeaseException;
import io.croft.StoreUnavailableException;
import io.croft.UnknownOrgException;
import io.croft.spi.JobStore;
import java.io.IOException;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Turns what the driver throws into what callers catch. What the server adds to an error as detail or context quotes
 * rows and parameters: it is left out, of messages and of causes.
 */
public final class SqlErrors {

    private static final Pattern SUSPENDED = Pattern.compile("org ([0-9a-f-]{36}) is SUSPENDED ");

    private static final Pattern EXCEEDED = Pattern.compile(
            "org ([0-9a-f-]{36}) may have (\\d+) of resource (\\d), has (-?\\d+), and wants (\\d+) more");

    private SqlErrors() {
    }

    /** What a caller gets for it. */
    public static CroftException translate(SQLException e) {
        String state = state(e);
        String message = message(e) + hint(e);
        return switch (state) {
            case "CR001", "CR002" -> new UnknownOrgException(message);
            case "CR003" -> new InvalidInputException(message(e) + ": " + JobStore.MAKES_KNOWN);
            case "CR006", "CR007", "CR009" -> new InvalidInputException(message);
            case "CR008" -> suspended(message).<CroftException>map(OrgSuspendedException::new)
                    .orElseGet(() -> new OrgMovedException(message));
            case "CR004" -> new StaleLeaseException(message);
            case "CR011" -> exceeded(message);
            case "23503" -> new ForeignKeyException(message, harmless(e));
            case "55P03" -> new StoreUnavailableException("another transaction, which may still be open, held what "
                    + "this call needs, for too long: end it, or call again: " + withState(message, state),
                    harmless(e));
            default -> isUnavailable(state, e)
                    ? new StoreUnavailableException("the database did not answer: " + withState(message, state),
                            harmless(e))
                    : new CroftException("the database refused a statement: " + withState(message, state),
                            harmless(e));
        };
    }

    /** The organisation, if that is why an enqueue was refused: it says so of each that is not in service. */
    private static Optional<OrgId> suspended(String message) {
        Matcher refusal = SUSPENDED.matcher(message);
        return refusal.lookingAt() ? Optional.of(OrgId.of(UUID.fromString(refusal.group(1)))) : Optional.empty();
    }

    /** The same, where the transaction is the caller's own. */
    static CroftException translateJoined(SQLException e) {
        String state = state(e);
        String message = withState(message(e) + hint(e), state);
        if (state.equals("25006")) {
            return new InvalidInputException("the transaction is read-only: begin one that may write; " + message);
        }
        return isConflict(e)
                ? new StoreUnavailableException("the transaction lost against another one: roll it back, and do all of "
                        + "it again; " + message, harmless(e))
                : translate(e);
    }

    /** What use_quota_v1 says, in numbers, told in words. */
    private static CroftException exceeded(String message) {
        Matcher refusal = EXCEEDED.matcher(message);
        return refusal.matches()
                ? new QuotaExceededException(OrgId.of(UUID.fromString(refusal.group(1))),
                        QuotaNumbers.resource(Integer.parseInt(refusal.group(3))), Long.parseLong(refusal.group(2)),
                        Long.parseLong(refusal.group(4)), Long.parseLong(refusal.group(5)))
                : new CroftException(message);
    }

    private static String withState(String message, String state) {
        return message + " (SQLSTATE " + state + ")";
    }

    /** Whether the same unit of work, done again, may well succeed: it lost against another one. */
    static boolean isConflict(SQLException e) {
        String state = state(e);
        return state.equals("40001") || state.equals("40P01") || isOfNewPartition(e, state);
    }

    /**
     * A row was on its way into the default partition of the history when another transaction made the partition that
     * it belongs to: Postgres refuses it, and takes it where it belongs when it is sent again.
     */
    private static boolean isOfNewPartition(SQLException e, String state) {
        return state.equals("23514") && String.valueOf(e.getMessage()).contains("violates partition constraint");
    }

    /** Whether it waited too long for a lock, or took too long altogether. */
    public static boolean isTooSlow(SQLException e) {
        return isHeld(e) || state(e).equals("57014");
    }

    /** Whether it waited too long for a lock. */
    public static boolean isHeld(SQLException e) {
        return state(e).equals("55P03");
    }

    static String state(SQLException e) {
        String state = e.getSQLState();
        if (state != null) {
            return state;
        }
        return isConnectionTrouble(e) ? "08000" : "XX000";
    }

    /** The server's own sentence, or the driver's, without details. */
    public static String message(SQLException e) {
        ServerErrorMessage server = serverError(e);
        String message = server == null ? e.getMessage() : server.getMessage();
        return message == null ? e.getClass().getSimpleName() : message;
    }

    private static String hint(SQLException e) {
        ServerErrorMessage server = serverError(e);
        String hint = server == null ? null : server.getHint();
        return hint == null ? "" : ". " + hint;
    }

    private static @Nullable ServerErrorMessage serverError(SQLException e) {
        return e instanceof PSQLException p ? p.getServerErrorMessage() : null;
    }

    /**
     * Class 08: no connection; 25006: the server has become a standby; 28, 3D000: it lets us no longer in; 40: it lost
     * against others more often than we repeat; 53: it has no room; 57014: it took too long; 25P03: we took too long
     * between two statements; 57P: it is stopping or starting; 58: its disk fails.
     */
    private static boolean isUnavailable(String state, SQLException e) {
        return state.startsWith("08") || state.startsWith("28") || state.startsWith("40") || state.startsWith("53")
                || state.startsWith("57P") || state.startsWith("58") || state.equals("25006") || state.equals("25P03")
                || state.equals("3D000") || state.equals("57014") || isConnectionTrouble(e);
    }

    private static boolean isConnectionTrouble(SQLException e) {
        if (e instanceof SQLTransientConnectionException || e instanceof SQLNonTransientConnectionException
                || e instanceof SQLRecoverableException) {
            return true;
        }
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException || cause instanceof InterruptedException) {
                return true;
            }
        }
        return false;
    }

    /** The exception itself if the server had no part in it; else a copy that says no more than its first sentence. */
    private static SQLException harmless(SQLException e) {
        if (serverError(e) == null) {
            return e;
        }
        SQLException copy = new SQLException(message(e), e.getSQLState());
        copy.setStackTrace(e.getStackTrace());
        return copy;
    }
}
