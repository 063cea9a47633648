package io.croft.spi;

import io.croft.ErasureReceipt;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.TenantContext;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;

/** Organisations. Thread-safe. */
public interface OrgStore {

    /** Creates the organisation of the context with a new random incarnation, or returns it if it exists. */
    Org create(TenantContext context);

    /** The organisation, whatever its state. */
    Optional<Org> find(OrgId org);

    /**
     * Removes every row of the organisation, the row of the organisation itself last. First, in a transaction of its
     * own, sets it to {@link Org.State#ERASING}, so that nothing new begins; may be called again after a failure
     * midway.
     *
     * <p>Removals of its listings enter the marketplace's log.
     *
     * @return what this call removed
     * @throws io.croft.UnknownOrgException if it does not exist
     */
    ErasureReceipt.Rows erase(TenantContext context);

    /**
     * Those of the given indexes whose organisation does not exist, or lives another life.
     *
     * @param indexes any number
     */
    Set<IndexScope.PrivateIndex> gone(Collection<IndexScope.PrivateIndex> indexes);
}
