package io.croft.spi;

import io.croft.OrgId;
import io.croft.flags.FlagSetting;
import java.util.Map;
import java.util.Optional;

/**
 * Settings of flags. A new store has {@link io.croft.flags.FeatureFlags#SEARCH_V2} set on for all and no other. Erasing
 * an organisation removes its own. Thread-safe.
 */
public interface FlagStore {

    /**
     * A number that is another one after each change, greater than all before. In a store that went back to an earlier
     * state, as one that is restored, no change gets a number that one had before in that which was lost.
     */
    long version();

    /** All settings, as of one moment. */
    Flags all();

    /**
     * Sets a flag for one organisation or for all, and writes that down in the same transaction. Setting what is set
     * already changes nothing and is written down nowhere.
     *
     * @param who     who does it; for one organisation, in its present life
     * @param org     the organisation; empty for all
     * @param flag    the flag's name
     * @param setting {@link FlagSetting#UNSET} removes what was set
     * @throws io.croft.UnknownOrgException   if the organisation does not exist or is not active
     * @throws io.croft.OrgMovedException     if it moves to another database
     * @throws io.croft.InvalidInputException if too many others are set
     */
    void set(Acting who, Optional<OrgId> org, String flag, FlagSetting setting);

    /**
     * All settings.
     *
     * @param version the version that they are of
     * @param global  what is set for all organisations
     * @param orgs    what is set for single ones
     */
    record Flags(long version, Map<String, FlagSetting> global, Map<OrgId, Map<String, FlagSetting>> orgs) {

        public Flags {
            global = Map.copyOf(global);
            orgs = Map.copyOf(orgs);
        }

        /** What is set for an organisation. */
        public Map<String, FlagSetting> of(OrgId org) {
            return orgs.getOrDefault(org, Map.of());
        }
    }
}
