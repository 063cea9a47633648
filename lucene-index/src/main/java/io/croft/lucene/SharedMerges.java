package io.croft.lucene;

import static io.croft.lucene.RootFolder.reason;

import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.lucene.index.MergePolicy;
import org.apache.lucene.index.MergeScheduler;
import org.apache.lucene.index.MergeTrigger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one writer's merges on threads that writers share, so that ten thousand indexes need no more threads than
 * one, and a long merge delays no write. A merge is taken from its writer only when its turn has come; a writer that
 * closes meanwhile has nothing to wait for but the merge that runs.
 */
final class SharedMerges extends MergeScheduler {

    private static final Logger LOG = LoggerFactory.getLogger(SharedMerges.class);

    private final Executor threads;
    private final String name;
    private final AtomicInteger under = new AtomicInteger();

    /**
     * For one writer.
     *
     * @param name what to call its index in the log
     */
    SharedMerges(Executor threads, String name) {
        this.threads = threads;
        this.name = name;
    }

    @Override
    public void merge(MergeSource source, MergeTrigger trigger) {
        if (source.hasPendingMerges()) {
            under.incrementAndGet();
            try {
                threads.execute(() -> mergeNext(source));
            } catch (RuntimeException | Error e) {
                under.decrementAndGet();
                throw e;
            }
        }
    }

    /** Whether merges run or wait. */
    boolean busy() {
        return under.get() > 0;
    }

    private void mergeNext(MergeSource source) {
        try {
            MergePolicy.OneMerge next = source.getNextMerge();
            if (next != null) {
                source.merge(next);
                merge(source, MergeTrigger.MERGE_FINISHED);
            }
        } catch (MergePolicy.MergeAbortedException closing) {
            LOG.debug("a merge of {} ended because its writer closes", name);
        } catch (IOException | RuntimeException e) {
            LOG.warn("a merge of {} failed ({}); it is tried again after a later write", name, reason(e));
        } finally {
            under.decrementAndGet();
        }
    }

    @Override
    public void close() {
        // The threads are not this writer's; IndexWriter itself waits for the merges that run.
    }
}
