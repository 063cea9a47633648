package io.croft.engine.content;

import io.croft.InvalidInputException;
import io.croft.NotPermittedException;
import io.croft.Org;
import io.croft.TenantContext;
import io.croft.content.ContentStatus;
import io.croft.content.WriteReceipt;
import io.croft.guard.Operation;
import io.croft.guard.TenantGuard;
import io.croft.input.Ids;
import io.croft.search.Source;
import io.croft.spi.Content;
import io.croft.spi.ContentStore;
import io.croft.spi.Processors;
import io.croft.spi.Sight;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** What documents and listings have in common: checked, stored with their job, and the queue and the indexes told. */
final class ContentIntake {

    private final TenantGuard guard;
    private final ContentStore store;
    private final Source source;
    private final IntakeSettings settings;

    ContentIntake(TenantGuard guard, ContentStore store, Source source, IntakeSettings settings) {
        this.guard = guard;
        this.store = store;
        this.source = source;
        this.settings = settings;
    }

    <T> List<WriteReceipt> put(TenantContext context, List<T> items, int maxBatch, Function<T, Content> toContent) {
        if (items.isEmpty() || items.size() > maxBatch) {
            throw new InvalidInputException("a batch of " + items.size() + "; give 1 to " + maxBatch + " at a time");
        }
        List<Content> contents = new ArrayList<>(items.size());
        for (T item : items) {
            Content content = toContent.apply(item);
            settings.check().check(content);
            contents.add(content);
        }
        return guard.call(context, either(Operation.DOCUMENTS_PUT, Operation.MARKETPLACE_PUBLISH), org -> {
            Sight sight = Sight.of(context.actor());
            contents.forEach(content -> requireSeen(sight, content));
            return receipts(org, store.put(org.id(), source, contents, Processors.EMBED, sight));
        });
    }

    /** Nobody writes what he could neither find nor take back. */
    static void requireSeen(Sight sight, Content content) {
        if (!sight.sees(content.groups())) {
            throw new NotPermittedException("document \"" + content.id() + "\" is for groups that its writer, who is a"
                    + " member, is in none of: add one of his, or let an admin or a service write it");
        }
    }

    private List<WriteReceipt> receipts(Org org, List<ContentStore.Stored> stored) {
        settings.afterPut().run();
        return stored.stream().map(one -> receipt(org, one, false)).toList();
    }

    Optional<WriteReceipt> delete(TenantContext context, String id) {
        checkId(id);
        return guard.call(context, either(Operation.DOCUMENTS_DELETE, Operation.MARKETPLACE_WITHDRAW), org -> {
            Optional<WriteReceipt> receipt = store.delete(org.id(), source, id, Sight.of(context.actor()))
                    .map(one -> receipt(org, one, true));
            settings.afterDelete().run();
            return receipt;
        });
    }

    Optional<Content> find(TenantContext context, String id) {
        checkId(id);
        return guard.call(context, either(Operation.DOCUMENTS_FIND, Operation.MARKETPLACE_FIND),
                org -> store.find(org.id(), source, id, Sight.of(context.actor())));
    }

    Optional<ContentStatus> status(TenantContext context, String id) {
        checkId(id);
        return guard.call(context, either(Operation.DOCUMENTS_STATUS, Operation.MARKETPLACE_STATUS),
                org -> store.status(org.id(), source, id, Sight.of(context.actor())));
    }

    private Operation either(Operation ofDocuments, Operation ofListings) {
        return switch (source) {
            case PRIVATE -> ofDocuments;
            case MARKETPLACE -> ofListings;
        };
    }

    /** As when it was put: one that could not be is not taken for another. */
    private void checkId(String id) {
        Ids.check(switch (source) {
            case PRIVATE -> "document";
            case MARKETPLACE -> "listing";
        }, id);
    }

    private WriteReceipt receipt(Org org, ContentStore.Stored one, boolean deletion) {
        return new WriteReceipt(org.id(), org.incarnation(), source, one.id(), one.revision(), deletion, one.job());
    }
}
