package io.croft.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.Actor;
import io.croft.CroftException;
import io.croft.OrgId;
import io.croft.flags.FlagSetting;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Binder;
import io.croft.pg.tx.Rows;
import io.croft.spi.Acting;
import io.croft.spi.Store;
import io.croft.spi.contract.FlagStoreContract;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PgFlagStoreTest extends FlagStoreContract {

    private static TestDatabase database;

    @BeforeAll
    static void prepare() {
        database = TestDatabase.prepared();
    }

    @Override
    protected Store openStore() {
        return database.open();
    }

    /** As after a failover to one that had not got them yet. */
    @Test
    void version_isNeverOneOfChangesThatWereLost() {
        Acting operator = Acting.operator(Actor.superAdmin("ops"));
        store().flags().set(operator, Optional.empty(), "lost", FlagSetting.ON);
        long lost = store().flags().version();
        database.execute("UPDATE croft.flag_version SET version = version - 1");

        store().flags().set(operator, Optional.empty(), "lost", FlagSetting.OFF);

        assertThat(store().flags().version()).isGreaterThan(lost);
    }

    @Test
    void tenants_haveNoPartInThem() {
        OrgId org = newOrg();

        for (Access access : List.of(Access.tenant(org), Access.worker(), Access.index())) {
            assertThatThrownBy(() -> database.transactions().query(access, "SELECT FROM ${schema}.feature_flag",
                    Binder.NONE, Rows.any())).isInstanceOf(CroftException.class)
                    .hasMessageContaining("permission denied");
        }
    }
}
