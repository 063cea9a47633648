package io.croft.pg.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.Actor;
import io.croft.Org;
import io.croft.OrgQuotas;
import io.croft.OrgQuotas.Resource;
import io.croft.QuotaExceededException;
import io.croft.TenantContext;
import io.croft.pg.TestDatabase;
import io.croft.spi.Blob;
import io.croft.spi.Store;
import io.croft.spi.contract.BlobStoreContract;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PgBlobStoreTest extends BlobStoreContract {

    private static TestDatabase database;

    @BeforeAll
    static void prepare() {
        database = TestDatabase.prepared();
    }

    @Override
    protected Store openStore() {
        return database.open();
    }

    @Override
    protected void age(Org org, String key, Duration by) {
        database.execute(
                "UPDATE croft.blob SET used_at = used_at - interval '" + by.toSeconds() + " s' WHERE org_id = '"
                        + org.id() + "' AND key = decode('" + key + "', 'hex')");
    }

    private long bytes(Org org) {
        return store().orgs().summary(org.id()).orElseThrow().bytes();
    }

    @Test
    void bytes_countAmongThoseThatAnOrganisationMayHave() throws IOException {
        Org org = org();
        store().orgs().setQuotas(TenantContext.of(org.id(), Actor.superAdmin("ops")),
                OrgQuotas.UNLIMITED.with(Resource.BYTES, 20));
        Blob first = put(org, "0123456789");
        put(org, "0123456789");
        assertThat(bytes(org)).isEqualTo(10);

        assertThatThrownBy(() -> put(org, "more than ten")).isInstanceOf(QuotaExceededException.class);

        assertThat(blobs().list(org, Optional.empty(), 10)).containsExactly(first);
        assertThat(blobs().delete(org, first.key(), Duration.ZERO)).isTrue();
        assertThat(bytes(org)).isZero();
        put(org, "more than ten");
        assertThat(bytes(org)).isEqualTo(13);
    }
}
