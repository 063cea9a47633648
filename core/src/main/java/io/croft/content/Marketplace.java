package io.croft.content;

import io.croft.TenantContext;
import java.util.List;
import java.util.Optional;

/**
 * The marketplace: what an organisation publishes, every organisation finds. Writes are stored together with the job
 * that makes them searchable; the slow work runs in the queue. Thread-safe.
 *
 * <p>Every method throws {@link io.croft.UnknownOrgException} for an organisation that does not exist,
 * {@link io.croft.OrgSuspendedException} for one that is suspended, and {@link io.croft.StoreUnavailableException} if
 * the database cannot be reached.
 */
public interface Marketplace {

    /** The most listings of one {@link #publishAll} call. */
    int MAX_BATCH = 1000;

    /**
     * Stores a listing; one with the same id is replaced, and its earlier text stays searchable until the new one is.
     *
     * @throws io.croft.InvalidInputException if its text is over the limit, or a field is not as it was declared
     */
    default WriteReceipt publish(TenantContext context, Listing listing) {
        return publishAll(context, List.of(listing)).getFirst();
    }

    /**
     * Stores all of them or none, in one transaction; a later one with the same id wins.
     *
     * @param listings 1 to {@value #MAX_BATCH}
     * @return one receipt for each, in their order
     * @throws io.croft.InvalidInputException if there are none or too many, a text is over the limit, or a field is not
     *                                        as it was declared
     */
    List<WriteReceipt> publishAll(TenantContext context, List<Listing> listings);

    /**
     * Withdraws a listing of the context's own organisation; it is found until the removal has reached the index.
     *
     * @return the receipt of the removal; empty if there was none with this id
     * @throws io.croft.InvalidInputException if the id is none that could be stored
     */
    Optional<WriteReceipt> withdraw(TenantContext context, String id);

    /**
     * The stored listing in its newest revision; empty if there is none or it was deleted.
     *
     * @throws io.croft.InvalidInputException if the id is none that could be stored
     */
    Optional<Listing> find(TenantContext context, String id);

    /**
     * How far the newest revision has come; empty if there never was one with this id.
     *
     * @throws io.croft.InvalidInputException if the id is none that could be stored
     */
    Optional<ContentStatus> status(TenantContext context, String id);
}
