package io.croft.flags;

import io.croft.Actor;
import io.croft.TenantContext;
import java.time.Duration;
import java.util.Map;

/**
 * Switches that change what is done without a new release, for all organisations or for one. Whether a flag is on for
 * an organisation is said by the first of these that says anything:
 * <ol>
 * <li>{@link FlagSetting#OFF} for all: then it is off, whatever is said of one organisation;
 * <li>what is set for the organisation;
 * <li>{@link FlagSetting#ON} for all.
 * </ol>
 *
 * <p>Where none of them does, it is off. A new installation begins with {@link #SEARCH_V2} set on for all and nothing
 * else set. A host may use flags of its own, which need no declaration.
 *
 * <p>Reading asks no database: each process holds all settings, and looks every two seconds whether one was changed. A
 * change counts at once in the process that made it, and within {@link #STALENESS} in all others that reach the
 * database; while one does not, what it knew goes on counting. Settings of an organisation go with it. Thread-safe.
 *
 * <p>Only super admins set flags, and every change is in the {@link io.croft.audit.AuditLog}. Methods throw
 * {@link io.croft.InvalidInputException} if a name is not 1 to 64 of a-z, 0-9 and _, beginning with a letter, and
 * {@link io.croft.UnknownOrgException} if the context's organisation does not exist; those for super admins throw
 * {@link io.croft.NotPermittedException} for anybody else.
 */
public interface FeatureFlags {

    /**
     * Whether searches look into the marketplace too. Off, they are answered from the private index alone, and the
     * answer names the marketplace with the cause
     * {@link io.croft.search.SearchResults.Incomplete.Cause#SWITCHED_OFF}.
     */
    String SEARCH_V2 = "search_v2";

    /** How long a process that reaches the database may go by an old setting. */
    Duration STALENESS = Duration.ofSeconds(5);

    /** The most flags that are set for all, and for one organisation. */
    int MAX_FLAGS = 64;

    /** Whether a flag is on for the context's organisation. */
    boolean isOn(TenantContext context, String flag);

    /**
     * Sets a flag for all organisations.
     *
     * @throws io.croft.NotPermittedException if the actor is no super admin
     * @throws io.croft.InvalidInputException also if {@value #MAX_FLAGS} others are set for all
     */
    void set(Actor operator, String flag, FlagSetting setting);

    /**
     * Sets a flag for the context's organisation.
     *
     * @throws io.croft.NotPermittedException if the actor is no super admin
     * @throws io.croft.InvalidInputException also if {@value #MAX_FLAGS} others are set for the organisation
     * @throws io.croft.OrgMovedException     if it is being moved to another database
     */
    void set(TenantContext context, String flag, FlagSetting setting);

    /**
     * What is set for all organisations, as the database has it; flags that are not set are left out.
     *
     * @throws io.croft.NotPermittedException if the actor is no super admin
     */
    Map<String, FlagSetting> settings(Actor operator);

    /** What is set for the context's organisation, as the database has it; flags that are not set are left out. */
    Map<String, FlagSetting> settings(TenantContext context);
}
