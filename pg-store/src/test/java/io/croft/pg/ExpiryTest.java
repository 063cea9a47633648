package io.croft.pg;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.search.Source;
import io.croft.spi.ChangeFeed.Batch;
import io.croft.spi.ChangeFeed.Reader;
import io.croft.spi.Checkpoint;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexScope.MarketIndex;
import io.croft.spi.IndexScope.PrivateIndex;
import io.croft.spi.contract.Race;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ExpiryTest {

    private static final IndexScope MARKET = new MarketIndex();
    private static final String AGE = " SET at = at - interval '8 days'";

    private TestDatabase database;
    private PgStore store;
    private TestContent content;
    private OrgId org;
    private PrivateIndex scope;

    @BeforeEach
    void open() {
        database = TestDatabase.prepared();
        store = database.open();
        content = new TestContent(store);
        org = content.newOrg();
        scope = new PrivateIndex(org, store.orgs().find(org).orElseThrow().incarnation());
    }

    @AfterEach
    void close() {
        store.close();
    }

    private void write(int count) {
        for (int i = 0; i < count; i++) {
            content.ready(org, Source.PRIVATE, "d-" + i, "text");
            content.ready(org, Source.MARKETPLACE, "d-" + i, "text");
        }
    }

    private void age() {
        database.execute("UPDATE croft.change" + AGE);
        database.execute("UPDATE croft.market_change" + AGE);
    }

    private long changes() {
        return database.count("SELECT count(*) FROM croft.change");
    }

    private long marketChanges() {
        return database.count("SELECT count(*) FROM croft.market_change");
    }

    private Batch next(IndexScope index, Checkpoint from) {
        return store.changes().reader(index, from).next(100);
    }

    @Test
    void expire_leavesWhatIndexesMayStillHaveToRead() {
        write(3);
        age();
        write(2);

        store.expire();

        assertThat(changes()).isEqualTo(2);
        assertThat(marketChanges()).isEqualTo(2);
    }

    @Test
    void expire_losesCheckpointsThatItPassedAndNoOthers() {
        write(1);
        Checkpoint old = store.changes().head(scope);
        Checkpoint oldMarket = store.changes().head(MARKET);
        write(3);
        Checkpoint last = store.changes().head(scope);
        Checkpoint lastMarket = store.changes().head(MARKET);
        Reader reader = store.changes().reader(MARKET, lastMarket);
        assertThat(((Batch.Changes) reader.next(10)).dirty()).isEmpty();
        age();

        store.expire();

        assertThat(changes()).isZero();
        assertThat(marketChanges()).as("the newest stays").isEqualTo(1);
        for (Checkpoint gone : new Checkpoint[]{Checkpoint.BEGINNING, old}) {
            assertThat(next(scope, gone)).isInstanceOf(Batch.Lost.class);
        }
        for (Checkpoint gone : new Checkpoint[]{Checkpoint.BEGINNING, oldMarket}) {
            assertThat(next(MARKET, gone)).isInstanceOf(Batch.Lost.class);
        }
        assertThat(((Batch.Changes) next(scope, last)).dirty()).isEmpty();
        assertThat(((Batch.Changes) next(MARKET, lastMarket)).dirty()).isEmpty();
        assertThat(store.changes().head(scope)).isEqualTo(last);
        assertThat(store.changes().head(MARKET)).isEqualTo(lastMarket);

        write(1);
        ContentKey key = new ContentKey(org, "d-0");
        assertThat(((Batch.Changes) next(scope, last)).dirty()).as("its own row is gone").containsExactly(key);
        assertThat(((Batch.Changes) next(MARKET, lastMarket)).dirty()).containsExactly(key);
        assertThat(((Batch.Changes) reader.next(10)).dirty()).containsExactly(key);
        assertThat(next(scope, old)).isInstanceOf(Batch.Lost.class);
    }

    @Test
    void expire_byManyAtOnceRemovesEachRowOnce() {
        write(4);
        age();
        write(1);

        Race.of(4, number -> {
            store.expire();
            return number;
        });

        assertThat(changes()).isEqualTo(1);
        assertThat(marketChanges()).isEqualTo(1);
    }

    @Test
    void beginning_isAPlaceAsLongAsTheLogStartsThere() {
        assertThat(((Batch.Changes) next(scope, Checkpoint.BEGINNING)).dirty()).isEmpty();
        write(2);

        assertThat(((Batch.Changes) next(scope, Checkpoint.BEGINNING)).dirty()).hasSize(2);
        assertThat(((Batch.Changes) next(MARKET, Checkpoint.BEGINNING)).dirty()).hasSize(2);

        database.execute("DELETE FROM croft.change WHERE seq = 1");
        assertThat(next(scope, Checkpoint.BEGINNING)).isInstanceOf(Batch.Lost.class);
    }

    @Test
    void checkpoint_beyondTheLogIsLost() {
        write(2);
        Checkpoint head = store.changes().head(scope);
        String change = head.value().substring(head.value().indexOf(':'));

        for (String beyond : new String[]{"3" + change, "1" + change, "999" + change}) {
            assertThat(next(scope, new Checkpoint(beyond))).as(beyond).isInstanceOf(Batch.Lost.class);
        }
        assertThat(next(scope, head)).isInstanceOf(Batch.Changes.class);
    }
}
