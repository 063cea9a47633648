package io.croft.engine.audit;

import io.croft.Actor;
import io.croft.InvalidInputException;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.UnknownOrgException;
import io.croft.audit.AuditEntry;
import io.croft.audit.AuditFilter;
import io.croft.audit.AuditLog;
import io.croft.audit.AuditPage;
import io.croft.guard.Operation;
import io.croft.guard.TenantGuard;
import io.croft.spi.AuditStore;
import io.croft.spi.AuditStore.Place;
import io.croft.spi.OrgStore;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/** {@link AuditLog} in the store, behind the gate. Thread-safe. */
public final class StoredAuditLog implements AuditLog {

    private static final byte OF_ENTRIES = 3;
    private static final int CURSOR_BYTES = 25;

    private final TenantGuard guard;
    private final OrgStore orgs;
    private final AuditStore store;

    /** Reads this store. */
    public StoredAuditLog(TenantGuard guard, OrgStore orgs, AuditStore store) {
        this.guard = guard;
        this.orgs = orgs;
        this.store = store;
    }

    @Override
    public AuditPage list(TenantContext context, AuditFilter filter, Optional<String> cursor, int limit) {
        Objects.requireNonNull(filter, "filter");
        return guard.call(context, Operation.AUDIT_LIST, remembered -> {
            checkLimit(limit);
            Org org = now(remembered.id());
            Optional<Place> after = cursor.map(StoredAuditLog::placeAt);
            boolean isOfOther = filter.org().isPresent() && !filter.org().get().equals(org.id());
            return isOfOther
                    ? new AuditPage(List.of(), Optional.empty())
                    : page(store.list(org.id(), org.incarnation(), filter, after, limit + 1), limit);
        });
    }

    /** Not as it is remembered: entries of a life that is over are not for the admins of the next. */
    private Org now(OrgId id) {
        return orgs.find(id).orElseThrow(() -> new UnknownOrgException(
                "organisation " + id + " does not exist: create it with orgs().create(…) first"));
    }

    @Override
    public AuditPage listAll(Actor operator, AuditFilter filter, Optional<String> cursor, int limit) {
        Objects.requireNonNull(filter, "filter");
        return guard.gate().operate(operator, Operation.AUDIT_LIST_ALL, () -> {
            checkLimit(limit);
            return page(store.list(filter, cursor.map(StoredAuditLog::placeAt), limit + 1), limit);
        });
    }

    private static void checkLimit(int limit) {
        if (limit < 1 || limit > MAX_PAGE) {
            throw new InvalidInputException("limit " + limit + " of audit entries is outside 1 to " + MAX_PAGE);
        }
    }

    /** One more than asked for tells that others follow. */
    private static AuditPage page(List<AuditEntry> found, int limit) {
        if (found.size() <= limit) {
            return new AuditPage(found, Optional.empty());
        }
        List<AuditEntry> shown = found.subList(0, limit);
        return new AuditPage(shown, Optional.of(cursor(shown.getLast())));
    }

    private static String cursor(AuditEntry last) {
        byte[] bytes = new byte[CURSOR_BYTES];
        ByteBuffer.wrap(bytes).put(OF_ENTRIES).putLong(ChronoUnit.MICROS.between(Instant.EPOCH, last.at()))
                .putLong(last.id().getMostSignificantBits()).putLong(last.id().getLeastSignificantBits());
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static Place placeAt(String cursor) {
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(cursor);
        } catch (IllegalArgumentException e) {
            bytes = new byte[0];
        }
        if (bytes.length != CURSOR_BYTES || bytes[0] != OF_ENTRIES || bytes[1] != 0) {
            throw new InvalidInputException("a cursor of " + cursor.length()
                    + " characters is none of this list: give the one of the page before as it was");
        }
        ByteBuffer rest = ByteBuffer.wrap(bytes, 1, CURSOR_BYTES - 1);
        return new Place(Instant.EPOCH.plus(rest.getLong(), ChronoUnit.MICROS),
                new UUID(rest.getLong(), rest.getLong()));
    }
}
