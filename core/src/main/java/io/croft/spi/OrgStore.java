package io.croft.spi;

import io.croft.Org;
import io.croft.OrgId;
import io.croft.TenantContext;
import java.util.Optional;

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
     * @throws io.croft.UnknownOrgException if it does not exist
     */
    void erase(TenantContext context);
}
