package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.spi.ChangeFeed.Batch;
import io.croft.spi.ChangeFeed.Reader;
import io.croft.spi.Checkpoint;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexScope;
import io.croft.spi.Store;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What an index does with a change log, with a map in the place of the index. Used by one thread. */
final class ChangeFollower {

    private final Store store;
    private final IndexScope scope;
    private final Map<ContentKey, List<Object>> index = new HashMap<>();
    private final Set<ContentKey> seen = new LinkedHashSet<>();
    private Checkpoint checkpoint;
    private Reader reader;

    private ChangeFollower(Store store, IndexScope scope, Checkpoint from) {
        this.store = store;
        this.scope = scope;
        this.checkpoint = from;
        this.reader = store.changes().reader(scope, from);
    }

    static ChangeFollower from(Store store, IndexScope scope, Checkpoint from) {
        return new ChangeFollower(store, scope, from);
    }

    /** One that has read everything there is, as a rebuild does: first the place in the log, then all content. */
    static ChangeFollower rebuilt(Store store, IndexScope scope) {
        ChangeFollower follower = new ChangeFollower(store, scope, store.changes().head(scope));
        follower.index.putAll(contents(store, scope));
        return follower;
    }

    /** All content of a scope, by pages. */
    static Map<ContentKey, List<Object>> contents(Store store, IndexScope scope) {
        Map<ContentKey, List<Object>> all = new HashMap<>();
        Optional<ContentKey> after = Optional.empty();
        for (List<ContentChunks> page = store.content().scan(scope, after, 100); !page.isEmpty(); page = store.content()
                .scan(scope, after, 100)) {
            page.forEach(content -> all.put(content.key(), ContentSteps.plain(content)));
            after = Optional.of(page.getLast().key());
        }
        return all;
    }

    /** The next batch, which must be one of changes. */
    static Batch.Changes next(Reader reader, int limit) {
        Batch batch = reader.next(limit);
        assertThat(batch).isInstanceOf(Batch.Changes.class);
        Batch.Changes changes = (Batch.Changes) batch;
        assertThat(changes.dirty()).hasSizeLessThanOrEqualTo(limit).doesNotHaveDuplicates();
        return changes;
    }

    /** All that a reader hands out until there is no more. */
    static List<ContentKey> rest(Reader reader, int limit) {
        List<ContentKey> all = new ArrayList<>();
        boolean more = true;
        for (int batches = 0; more; batches++) {
            assertThat(batches).as("batches that all say there may be more").isLessThan(10_000);
            Batch.Changes changes = next(reader, limit);
            all.addAll(changes.dirty());
            more = changes.more() || !changes.dirty().isEmpty();
        }
        return all;
    }

    /** Applies one batch; whether there may be more. */
    boolean step(int limit) {
        Batch.Changes changes = next(reader, limit);
        seen.addAll(changes.dirty());
        for (ContentChunks content : store.content().chunks(scope, changes.dirty())) {
            if (content.chunks().isEmpty()) {
                index.remove(content.key());
            } else {
                index.put(content.key(), ContentSteps.plain(content));
            }
        }
        checkpoint = changes.to();
        return changes.more() || !changes.dirty().isEmpty();
    }

    /** Applies all there is. */
    void catchUp() {
        int steps = 0;
        while (step(100)) {
            assertThat(++steps).as("batches that all say there may be more").isLessThan(10_000);
        }
    }

    /** Forgets what was handed out and goes on from the last checkpoint, as a new process does. */
    void restart() {
        reader = store.changes().reader(scope, checkpoint);
    }

    /** Compares with what a rebuild would read. */
    void assertUpToDate() {
        assertThat(index).isEqualTo(contents(store, scope));
    }

    Set<ContentKey> seen() {
        return seen;
    }
}
