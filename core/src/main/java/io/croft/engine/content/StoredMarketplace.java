package io.croft.engine.content;

import io.croft.TenantContext;
import io.croft.content.ContentStatus;
import io.croft.content.Listing;
import io.croft.content.Marketplace;
import io.croft.content.WriteReceipt;
import io.croft.guard.TenantGuard;
import io.croft.search.Source;
import io.croft.spi.Content;
import io.croft.spi.ContentStore;
import java.util.List;
import java.util.Optional;

/** {@link Marketplace} in the store. */
public final class StoredMarketplace implements Marketplace {

    private final ContentIntake intake;

    /** Marketplace in this store. */
    public StoredMarketplace(TenantGuard guard, ContentStore store, IntakeSettings settings) {
        this.intake = new ContentIntake(guard, store, Source.MARKETPLACE, settings);
    }

    @Override
    public List<WriteReceipt> publishAll(TenantContext context, List<Listing> listings) {
        return intake.put(context, listings, MAX_BATCH,
                one -> new Content(one.id(), one.title(), one.text(), one.fields()));
    }

    @Override
    public Optional<WriteReceipt> withdraw(TenantContext context, String id) {
        return intake.delete(context, id);
    }

    @Override
    public Optional<Listing> find(TenantContext context, String id) {
        return intake.find(context, id).map(one -> new Listing(one.id(), one.title(), one.text(), one.fields()));
    }

    @Override
    public Optional<ContentStatus> status(TenantContext context, String id) {
        return intake.status(context, id);
    }
}
