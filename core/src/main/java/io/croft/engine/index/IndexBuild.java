package io.croft.engine.index;

import io.croft.engine.index.FollowedIndex.Parts;
import io.croft.spi.Checkpoint;
import io.croft.spi.ChunkIndex;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexScope;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Builds an index from all that the store has. Used by one thread, once. */
final class IndexBuild {

    private static final int SCAN_PAGE = 200;
    private static final int PROGRESS_EVERY = 10_000;
    private static final Logger LOG = LoggerFactory.getLogger(IndexBuild.class);

    private final IndexScope scope;
    private final Parts parts;
    private long documents;

    IndexBuild(IndexScope scope, Parts parts) {
        this.scope = scope;
        this.parts = parts;
    }

    /** Builds it and returns where its log goes on: what changes during the build comes after that. */
    Checkpoint run() {
        long start = System.nanoTime();
        Checkpoint head = parts.changes().head(scope);
        try (ChunkIndex.Rebuild build = parts.index().rebuild(scope)) {
            scanInto(build);
            build.finish(head);
        }
        if (documents > 0) {
            LOG.info("index {}: {} documents rebuilt in {} ms", scope, documents,
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
        }
        return head;
    }

    private void scanInto(ChunkIndex.Rebuild build) {
        Optional<ContentKey> after = Optional.empty();
        while (true) {
            parts.refuseIfStopping(scope);
            List<ContentChunks> page = parts.content().scan(scope, after, SCAN_PAGE);
            if (page.isEmpty()) {
                return;
            }
            build.add(page);
            after = Optional.of(page.getLast().key());
            if ((documents + page.size()) / PROGRESS_EVERY > documents / PROGRESS_EVERY) {
                LOG.info("index {}: {} documents rebuilt so far", scope, documents + page.size());
            }
            documents += page.size();
        }
    }
}
