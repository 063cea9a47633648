package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.Actor;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.OrgSuspendedException;
import io.croft.UnknownOrgException;
import io.croft.audit.AuditEntry;
import io.croft.audit.AuditFilter;
import io.croft.flags.FeatureFlags;
import io.croft.flags.FlagSetting;
import io.croft.spi.Acting;
import io.croft.spi.FlagStore;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What every store of flags keeps. */
public abstract class FlagStoreContract extends StoreContract {

    /** That no other test sets. */
    private final String flag = "f" + UUID.randomUUID().toString().replace("-", "");

    private FlagStore flags() {
        return store().flags();
    }

    private void set(OrgId org, String name, FlagSetting setting) {
        flags().set(Acting.in(context(org), scope(org).incarnation()), Optional.of(org), name, setting);
    }

    private void set(String name, FlagSetting setting) {
        flags().set(Acting.operator(Actor.superAdmin("contract")), Optional.empty(), name, setting);
    }

    @Test
    void settings_areKeptForAllAndForEachOrg() {
        OrgId org = newOrg();
        OrgId other = newOrg();

        set(flag, FlagSetting.ON);
        set(org, flag, FlagSetting.OFF);

        assertThat(flags().all().global()).containsEntry(flag, FlagSetting.ON);
        assertThat(flags().all().of(org)).isEqualTo(Map.of(flag, FlagSetting.OFF));
        assertThat(flags().all().of(other)).isEmpty();

        set(flag, FlagSetting.OFF);
        set(org, flag, FlagSetting.UNSET);

        assertThat(flags().all().global()).containsEntry(flag, FlagSetting.OFF);
        assertThat(flags().all().of(org)).isEmpty();
        set(flag, FlagSetting.UNSET);
        assertThat(flags().all().global()).doesNotContainKey(flag);
    }

    @Test
    void searchV2_isOnFromTheBeginning() {
        assertThat(flags().all().global()).containsEntry(FeatureFlags.SEARCH_V2, FlagSetting.ON);
    }

    @Test
    void version_growsWithEachChange() {
        OrgId org = newOrg();
        long before = flags().version();

        set(org, flag, FlagSetting.ON);
        long changed = flags().version();
        store().orgs().erase(context(org));

        assertThat(changed).isGreaterThan(before);
        assertThat(flags().all().version()).isGreaterThan(changed).isEqualTo(flags().version());
        assertThat(flags().all().orgs()).doesNotContainKey(org);
    }

    @Test
    void changes_areWrittenDown() {
        OrgId org = newOrg();
        set(org, flag, FlagSetting.ON);
        set(org, flag, FlagSetting.ON);
        set(org, flag, FlagSetting.UNSET);

        List<AuditEntry> entries = store().audit().list(org, scope(org).incarnation(),
                AuditFilter.ALL.withAction("flags.set"), Optional.empty(), 10);

        assertThat(entries).hasSize(2).allSatisfy(entry -> assertThat(entry.subject()).isEqualTo(flag));
        assertThat(entries).extracting(entry -> entry.before().get("setting") + " " + entry.after().get("setting"))
                .containsExactlyInAnyOrder("UNSET ON", "ON UNSET");
    }

    @Test
    void orgsOutOfService_areNotSet() {
        OrgId org = newOrg();
        store().orgs().suspend(context(org));

        assertThatThrownBy(() -> set(org, flag, FlagSetting.ON)).isInstanceOf(OrgSuspendedException.class);
        assertThat(flags().all().of(org)).isEmpty();
    }

    @Test
    void unknownOrgs_haveNone() {
        OrgId org = unknownOrg();

        assertThatThrownBy(() -> flags().set(new Acting(Actor.superAdmin("contract"), Optional.empty(),
                Optional.of(UUID.randomUUID())), Optional.of(org), flag, FlagSetting.ON))
                .isInstanceOf(UnknownOrgException.class);
    }

    @Test
    void number_isBounded() {
        OrgId org = newOrg();
        for (int i = 0; i < FeatureFlags.MAX_FLAGS; i++) {
            set(org, "f" + i, FlagSetting.ON);
        }

        assertThatThrownBy(() -> set(org, flag, FlagSetting.ON)).isInstanceOf(InvalidInputException.class);
        set(org, "f1", FlagSetting.OFF);
        set(org, "f0", FlagSetting.UNSET);
        set(org, flag, FlagSetting.ON);
        assertThat(flags().all().of(org)).hasSize(FeatureFlags.MAX_FLAGS).containsEntry("f1", FlagSetting.OFF);
    }
}
