package io.croft.benchmarks.index;

import io.croft.Org;
import io.croft.OrgId;
import io.croft.content.ContentStatus;
import io.croft.job.JobKind;
import io.croft.search.Source;
import io.croft.spi.Chunk;
import io.croft.spi.Content;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.ContentStore;
import io.croft.spi.IndexScope;
import io.croft.spi.JobLease;
import io.croft.spi.Sight;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A store that notes when it has committed a text's chunks, on {@link System#nanoTime()}.
 *
 * @param store     what does the work
 * @param committed gets the moments
 */
record CommitClock(ContentStore store, Map<ContentKey, Long> committed) implements ContentStore {

    @Override
    public boolean writeChunks(JobLease lease, Pending pending, String modelId, List<Chunk> chunks) {
        boolean written = store.writeChunks(lease, pending, modelId, chunks);
        if (written) {
            committed.put(new ContentKey(lease.org(), pending.content().id()), System.nanoTime());
        }
        return written;
    }

    @Override
    public List<Stored> put(OrgId org, Source source, List<Content> items, JobKind kind, Sight sight) {
        return store.put(org, source, items, kind, sight);
    }

    @Override
    public Optional<Stored> delete(OrgId org, Source source, String id, Sight sight) {
        return store.delete(org, source, id, sight);
    }

    @Override
    public Optional<Content> find(OrgId org, Source source, String id, Sight sight) {
        return store.find(org, source, id, sight);
    }

    @Override
    public Optional<ContentStatus> status(OrgId org, Source source, String id, Sight sight) {
        return store.status(org, source, id, sight);
    }

    @Override
    public Optional<Pending> pending(OrgId org, String payload) {
        return store.pending(org, payload);
    }

    @Override
    public List<ContentChunks> chunks(IndexScope scope, List<ContentKey> keys) {
        return store.chunks(scope, keys);
    }

    @Override
    public List<ContentChunks> scan(IndexScope scope, Optional<ContentKey> after, int limit) {
        return store.scan(scope, after, limit);
    }

    @Override
    public void export(Org life, Source source, Consumer<Exported> each) {
        store.export(life, source, each);
    }

    @Override
    public CopiedPage copy(Org from, Org to, Optional<String> after, int limit, JobKind kind,
            Sight sight) {
        return store.copy(from, to, after, limit, kind, sight);
    }
}
