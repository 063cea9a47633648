package io.croft.lucene;

import static io.croft.lucene.RootFolder.reason;

import io.croft.CroftException;
import io.croft.spi.Checkpoint;
import io.croft.spi.ChunkIndex;
import io.croft.spi.ContentChunks;
import io.croft.spi.IndexScope;
import java.io.IOException;
import java.util.List;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig.OpenMode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A generation being built. It commits once, at the end: what has no commit was never finished, whatever ended it.
 */
final class GenerationBuild implements ChunkIndex.Rebuild {

    private static final Logger LOG = LoggerFactory.getLogger(GenerationBuild.class);

    private final ScopeIndex index;
    private final IndexScope scope;
    private final Generation generation;
    private final Engine engine;
    private final IndexWriter writer;
    private long ofOtherModels;
    private boolean ended;

    GenerationBuild(ScopeIndex index, IndexScope scope, Generation generation, Engine engine) throws IOException {
        this.index = index;
        this.scope = scope;
        this.generation = generation;
        this.engine = engine;
        SharedMerges merges =
                new SharedMerges(engine.threads().merging(scope.source()), generation.folder().toString());
        this.writer = new IndexWriter(generation.directory(),
                engine.settings().config(scope.source(), merges).setOpenMode(OpenMode.CREATE).setCommitOnClose(true));
        engine.buffers().opened(writer);
    }

    @Override
    public void add(List<ContentChunks> documents) {
        documents.forEach(content -> engine.schema().check(scope, content));
        engine.threads().run(() -> {
            requireOpen();
            try {
                for (ContentChunks content : documents) {
                    if (!content.chunks().isEmpty()) {
                        writer.addDocuments(engine.schema().documents(content));
                    }
                }
                ofOtherModels += engine.schema().ofOtherModels(documents);
                engine.buffers().written();
            } catch (IOException e) {
                throw failed(e);
            }
        });
    }

    @Override
    public void finish(Checkpoint checkpoint) {
        engine.threads().run(() -> {
            requireOpen();
            index.replace(this, checkpoint);
        });
    }

    @Override
    public void close() {
        engine.threads().run(() -> index.abandon(this));
    }

    Generation generation() {
        return generation;
    }

    /** Waits for the merges and commits. */
    void complete(Checkpoint checkpoint) {
        try {
            writer.setLiveCommitData(
                    new CommitData(scope, engine.schema(), checkpoint).toUserData().entrySet());
            writer.close();
            engine.buffers().closed(writer);
            ended = true;
            engine.schema().warnOfOtherModels(ofOtherModels, generation.folder());
        } catch (IOException | RuntimeException e) {
            throw failed(e);
        }
    }

    /** Ends a build without a result and removes its files; does nothing if it has ended. */
    void abort() {
        if (ended) {
            return;
        }
        ended = true;
        engine.buffers().closed(writer);
        try {
            writer.rollback();
        } catch (IOException | RuntimeException e) {
            LOG.warn("could not end a build of {} cleanly ({})", generation.folder(), reason(e));
        }
        generation.retire();
    }

    private void requireOpen() {
        if (ended || !writer.isOpen()) {
            throw new IllegalStateException("the build of " + generation.folder() + " has ended: begin another");
        }
    }

    private CroftException failed(Exception e) {
        return new CroftException("index " + generation.folder() + " could not be built (" + reason(e)
                + "); an older one, if there is one, is as it was. See that the disk has space and that this process may"
                + " write there, then build it again", e);
    }
}
