package io.croft.engine.content;

import io.croft.TenantContext;
import io.croft.content.ContentStatus;
import io.croft.content.CopyReceipt;
import io.croft.content.Document;
import io.croft.content.Documents;
import io.croft.content.WriteReceipt;
import io.croft.guard.TenantGuard;
import io.croft.search.Source;
import io.croft.spi.AuditStore;
import io.croft.spi.Content;
import io.croft.spi.ContentStore;
import java.util.List;
import java.util.Optional;

/** {@link Documents} in the store. */
public final class StoredDocuments implements Documents {

    private final ContentIntake intake;
    private final DocumentCopy copy;

    /** Documents in this store, whose copying is written down. */
    public StoredDocuments(TenantGuard guard, ContentStore store, AuditStore audit, IntakeSettings settings) {
        this.intake = new ContentIntake(guard, store, Source.PRIVATE, settings);
        this.copy = new DocumentCopy(guard, store, audit, settings);
    }

    @Override
    public List<WriteReceipt> putAll(TenantContext context, List<Document> documents) {
        return intake.put(context, documents, MAX_BATCH,
                one -> new Content(one.id(), one.title(), one.text(), one.fields(), one.groups()));
    }

    @Override
    public Optional<WriteReceipt> delete(TenantContext context, String id) {
        return intake.delete(context, id);
    }

    @Override
    public Optional<Document> find(TenantContext context, String id) {
        return intake.find(context, id)
                .map(one -> new Document(one.id(), one.title(), one.text(), one.fields(), one.groups()));
    }

    @Override
    public Optional<ContentStatus> status(TenantContext context, String id) {
        return intake.status(context, id);
    }

    @Override
    public CopyReceipt copyAll(TenantContext from, TenantContext to) {
        return copy.copyAll(from, to);
    }
}
