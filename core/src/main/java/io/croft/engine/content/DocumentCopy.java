package io.croft.engine.content;

import io.croft.InvalidInputException;
import io.croft.Org;
import io.croft.TenantContext;
import io.croft.content.CopyReceipt;
import io.croft.content.WriteReceipt;
import io.croft.guard.Operation;
import io.croft.guard.Permission;
import io.croft.guard.TenantGuard;
import io.croft.search.Source;
import io.croft.spi.Acting;
import io.croft.spi.AuditStore;
import io.croft.spi.ContentStore;
import io.croft.spi.ContentStore.CopiedPage;
import io.croft.spi.Processors;
import io.croft.spi.Sight;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Copies an organisation's documents to another one, page after page. Both must let the caller in. */
final class DocumentCopy {

    private static final int PAGE = 200;
    private static final int PROGRESS_EVERY = 10_000;
    private static final Logger LOG = LoggerFactory.getLogger(DocumentCopy.class);

    private final TenantGuard guard;
    private final ContentStore store;
    private final AuditStore audit;
    private final IntakeSettings settings;

    DocumentCopy(TenantGuard guard, ContentStore store, AuditStore audit, IntakeSettings settings) {
        this.guard = guard;
        this.store = store;
        this.audit = audit;
        this.settings = settings;
    }

    CopyReceipt copyAll(TenantContext from, TenantContext to) {
        if (from.org().equals(to.org())) {
            throw new InvalidInputException("organisation " + from.org() + " cannot be copied to itself: name another");
        }
        return guard.call(to, Operation.DOCUMENTS_COPY, target -> {
            Org source = guard.also(from, Operation.DOCUMENTS_COPY, Permission.READ);
            noteDown(from, source, "documents.copyFrom", target);
            noteDown(to, target, "documents.copyTo", source);
            return copy(source, target, Sight.of(from.actor()));
        });
    }

    /** Before it begins: it takes many transactions, and may stop between two of them. */
    private void noteDown(TenantContext context, Org org, String action, Org other) {
        audit.append(Acting.in(context, org).note(org.id(), action, other.id().toString(), Map.of(), Map.of()));
    }

    private CopyReceipt copy(Org from, Org to, Sight sight) {
        long copied = 0;
        long queued = 0;
        long kept = 0;
        Optional<WriteReceipt> last = Optional.empty();
        Optional<String> after = Optional.empty();
        do {
            CopiedPage page = store.copy(from, to, after, PAGE, Processors.EMBED, sight);
            if ((copied + page.copied()) / PROGRESS_EVERY > copied / PROGRESS_EVERY) {
                LOG.info("{} documents of organisation {} copied to {} so far", copied + page.copied(), from.id(),
                        to.id());
            }
            copied += page.copied();
            queued += page.queued();
            kept += page.kept();
            if (page.newest().isPresent()) {
                last = page.newest()
                        .map(one -> new WriteReceipt(to.id(), to.incarnation(), Source.PRIVATE, one.id(),
                                one.revision(),
                                false, Optional.empty()));
            }
            after = page.last();
        } while (after.isPresent());
        settings.afterPut().run();
        settings.afterDelete().run();
        return new CopyReceipt(copied, queued, kept, last);
    }
}
