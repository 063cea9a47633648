package io.croft.lucene;

import static io.croft.lucene.Texts.MODEL;
import static io.croft.lucene.Texts.checkpoint;
import static io.croft.lucene.Texts.content;
import static io.croft.lucene.Texts.having;
import static io.croft.lucene.Texts.scope;
import static io.croft.lucene.Texts.started;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.CroftException;
import io.croft.OrgId;
import io.croft.search.Fields;
import io.croft.spi.ChunkIndex.Standing;
import io.croft.spi.IndexEvent.Step;
import io.croft.spi.IndexSchema;
import io.croft.spi.IndexScope;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FilterDirectory;
import org.apache.lucene.store.FilterIndexOutput;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.store.Lock;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.store.SingleInstanceLockFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that is full: the index goes back to its last commit, says so, and works again once there is space. */
class DiskFullTest {

    private static final IndexScope.PrivateIndex ACME = scope("acme");
    private static final IndexScope.PrivateIndex NEIGHBOUR = scope("neighbour");
    private static final OrgId ORG = ACME.org();
    private static final int UNLIMITED = Integer.MAX_VALUE;

    @TempDir
    Path root;

    /** How many more operations on files the disk of {@link #ACME} allows. */
    private final AtomicInteger space = new AtomicInteger(UNLIMITED);
    private volatile boolean mergesFail;
    /** A writer has given its lock back while merges failed. */
    private final CountDownLatch writerEnded = new CountDownLatch(1);
    /** What happens then. */
    private volatile Failure failure = () -> {
        throw new FileSystemException("file", null, "No space left on device");
    };

    @Test
    void write_thatFails_goesBackToTheLastCommit_whereverItFails() {
        try (LuceneIndex index = started(LuceneIndex.builder(root).directories(this::open))) {
            Texts.create(index, ACME, checkpoint("0"), List.of(content(ORG, "base", 1, "word")));
            Texts.create(index, NEIGHBOUR, checkpoint("0"), List.of());
            int failures = 0;
            for (int allowed = 0; failures == allowed; allowed++) {
                space.set(allowed);
                if (failsToApplyAndCommit(index)) {
                    failures++;
                    assertWentBack(index);
                    index.apply(NEIGHBOUR, List.of(content(NEIGHBOUR.org(), "a", allowed, "word")), checkpoint("n"));
                    index.commit(NEIGHBOUR);
                }
                space.set(UNLIMITED);
            }

            assertThat(failures).as("operations that can fail").isGreaterThan(5);
            assertThat(index.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("1")));
            assertThat(having(index, ACME, "word")).containsExactly("base", "more");
            assertThat(having(index, ACME, "second")).containsExactly("more");
            index.apply(ACME, List.of(content(ORG, "after", 1, "word")), checkpoint("2"));
            index.commit(ACME);
        }
        try (LuceneIndex again = started(root)) {
            assertThat(again.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("2")));
            assertThat(having(again, ACME, "word")).containsExactly("after", "base", "more");
        }
    }

    @Test
    void fullDisk_doesNotTakeTheIndexOutOfService_whileOtherFailuresHaveItsFilesChecked() {
        try (LuceneIndex index = started(LuceneIndex.builder(root).directories(this::open))) {
            Texts.create(index, ACME, checkpoint("0"), List.of(content(ORG, "base", 1, "word")));
            long opened = index.stats().coldOpens();

            for (String full : List.of("No space left on device", "Disk quota exceeded")) {
                failure = () -> {
                    throw new FileSystemException("file", null, full);
                };
                failToCommit(index);
                assertWentBack(index);
                failToSearch(index);
                assertThat(index.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("0")));
                assertThat(index.stats().coldOpens()).as("opened after: " + full).isEqualTo(opened);
            }

            failure = () -> {
                throw new FileSystemException("file", null, "Input/output error");
            };
            failToCommit(index);
            assertWentBack(index);
            assertThat(index.stats().coldOpens()).as("checked and opened").isEqualTo(opened + 1);

            index.apply(ACME, List.of(content(ORG, "more", 1, "word")), checkpoint("1"));
            index.commit(ACME);
            assertThat(having(index, ACME, "word")).containsExactly("base", "more");
        }
        try (LuceneIndex again = started(root)) {
            assertThat(again.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("1")));
            assertThat(having(again, ACME, "word")).containsExactly("base", "more");
        }
    }

    private void failToCommit(LuceneIndex index) {
        index.apply(ACME, List.of(content(ORG, "more", 1, "word")), checkpoint("half"));
        space.set(0);
        assertThatThrownBy(() -> index.commit(ACME)).isInstanceOf(CroftException.class);
        space.set(UNLIMITED);
    }

    /** What a search needs from the writer cannot be written. */
    private void failToSearch(LuceneIndex index) {
        index.apply(ACME, List.of(content(ORG, "more", 1, "word")), checkpoint("half"));
        index.apply(ACME, List.of(content(ORG, "more", 2, "word")), checkpoint("more"));
        space.set(0);
        assertThatThrownBy(() -> having(index, ACME, "word")).isInstanceOf(CroftException.class)
                .hasMessageContaining("see that the disk has space");
        space.set(UNLIMITED);
    }

    @Test
    void write_thatEndsInAnError_goesBackToTheLastCommitAsWell() {
        try (LuceneIndex index = started(LuceneIndex.builder(root).directories(this::open))) {
            Texts.create(index, ACME, checkpoint("0"), List.of(content(ORG, "base", 1, "word")));
            index.apply(ACME, List.of(content(ORG, "more", 1, "word")), checkpoint("half"));
            failure = () -> {
                throw new OutOfMemoryError("no memory left");
            };
            space.set(0);

            assertThatThrownBy(() -> index.commit(ACME)).isInstanceOf(OutOfMemoryError.class);

            space.set(UNLIMITED);
            assertWentBack(index);
        }
    }

    @Test
    void write_thatFails_isToldBeforeASearchCanSeeTheLastCommit() {
        List<List<String>> seen = new CopyOnWriteArrayList<>();
        try (LuceneIndex index = LuceneIndex.builder(root).directories(this::open).build()) {
            index.start(new IndexSchema(MODEL, Fields.undeclared()), event -> {
                if (event.step() == Step.SUSPECTED && event.scope().equals(ACME)) {
                    seen.add(having(index, ACME, "word"));
                }
            });
            Texts.create(index, ACME, checkpoint("0"), List.of(content(ORG, "base", 1, "word")));
            index.apply(ACME, List.of(content(ORG, "more", 1, "word")), checkpoint("half"));
            assertThat(having(index, ACME, "word")).containsExactly("base", "more");
            space.set(0);

            assertThatThrownBy(() -> index.commit(ACME)).isInstanceOf(CroftException.class);

            space.set(UNLIMITED);
            assertThat(seen).as("seen when it was told").containsExactly(List.of("base", "more"));
            assertThat(having(index, ACME, "word")).containsExactly("base");
            assertThat(index.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("0")));
        }
    }

    @Test
    void merge_thatFails_isToldBeforeASearchSeesTheLastCommit() throws Exception {
        AtomicInteger suspected = new AtomicInteger();
        try (LuceneIndex index = LuceneIndex.builder(root).directories(this::open).build()) {
            index.start(new IndexSchema(MODEL, Fields.undeclared()), event -> {
                if (event.step() == Step.SUSPECTED && event.scope().equals(ACME)) {
                    suspected.incrementAndGet();
                }
            });
            Texts.create(index, ACME, checkpoint("0"), List.of(content(ORG, "base", 1, "word")));
            index.apply(ACME, List.of(content(ORG, "more", 1, "word")), checkpoint("1"));
            index.commit(ACME);
            mergesFail = true;
            index.tidy(Duration.ZERO, Duration.ofDays(1));
            assertThat(writerEnded.await(30, TimeUnit.SECONDS)).isTrue();
            mergesFail = false;
            assertThat(suspected).hasValue(0);

            assertThat(having(index, ACME, "word")).containsExactly("base", "more");
            assertThat(suspected).as("told by the search that saw it").hasValue(1);

            assertThat(index.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("1")));
            assertThat(suspected).as("told before the writer goes").hasValue(2);
        }
    }

    @Test
    void merge_thatFails_leavesAnIndexThatGoesOnOnceItWasOpened() throws Exception {
        try (LuceneIndex index = started(LuceneIndex.builder(root).directories(this::open))) {
            Texts.create(index, ACME, checkpoint("0"), List.of(content(ORG, "base", 1, "word")));
            index.apply(ACME, List.of(content(ORG, "more", 1, "word")), checkpoint("1"));
            index.commit(ACME);
            mergesFail = true;
            index.tidy(Duration.ZERO, Duration.ofDays(1));
            assertThat(writerEnded.await(30, TimeUnit.SECONDS)).isTrue();
            mergesFail = false;

            assertThat(index.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("1")));
            index.apply(ACME, List.of(content(ORG, "after", 1, "word")), checkpoint("2"));
            index.commit(ACME);

            assertThat(having(index, ACME, "word")).containsExactly("after", "base", "more");
        }
    }

    @Test
    void rebuild_thatFails_leavesTheOldIndex() {
        try (LuceneIndex index = started(LuceneIndex.builder(root).directories(this::open))) {
            Texts.create(index, ACME, checkpoint("0"), List.of(content(ORG, "base", 1, "word")));
            space.set(3);

            try (var rebuild = index.rebuild(ACME)) {
                assertThatThrownBy(() -> {
                    rebuild.add(List.of(content(ORG, "new", 1, "word")));
                    rebuild.finish(checkpoint("1"));
                }).isInstanceOf(CroftException.class).hasMessageContaining("space")
                        .hasMessageContaining(root.toString());
            }

            assertThat(index.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("0")));
            assertThat(having(index, ACME, "word")).containsExactly("base");
            space.set(UNLIMITED);
            Texts.create(index, ACME, checkpoint("1"), List.of(content(ORG, "new", 1, "word")));
            assertThat(having(index, ACME, "word")).containsExactly("new");
        }
    }

    private boolean failsToApplyAndCommit(LuceneIndex index) {
        try {
            index.apply(ACME, List.of(content(ORG, "more", 1, "word")), checkpoint("half"));
            having(index, ACME, "word");
            index.apply(ACME, List.of(content(ORG, "more", 2, "word second")), checkpoint("1"));
            index.commit(ACME);
            return false;
        } catch (CroftException e) {
            assertThat(e).hasMessageContaining("space").hasMessageContaining(root.toString());
            return true;
        }
    }

    private void assertWentBack(LuceneIndex index) {
        assertThat(having(index, ACME, "word")).containsExactly("base");
        assertThatThrownBy(() -> index.apply(ACME, List.of(), checkpoint("skipped")))
                .isInstanceOf(CroftException.class).hasMessageMatching(".* open (it|the index) again .*");
        assertThatThrownBy(() -> index.commit(ACME)).isInstanceOf(CroftException.class);
        assertThat(index.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("0")));
    }

    private Directory open(Path folder) throws IOException {
        Directory directory = new MMapDirectory(folder, new SingleInstanceLockFactory());
        return folder.toString().contains(ORG.toString()) ? new FullDisk(directory) : directory;
    }

    private void use() throws IOException {
        if (space.get() != UNLIMITED && space.decrementAndGet() < 0) {
            failure.happen();
        }
    }

    @FunctionalInterface
    private interface Failure {
        void happen() throws IOException;
    }

    private final class FullDisk extends FilterDirectory {

        FullDisk(Directory disk) {
            super(disk);
        }

        @Override
        public IndexOutput createOutput(String name, IOContext context) throws IOException {
            use();
            if (mergesFail && context.mergeInfo() != null) {
                failure.happen();
            }
            return new FullFile(super.createOutput(name, context));
        }

        @Override
        public Lock obtainLock(String name) throws IOException {
            Lock lock = super.obtainLock(name);
            return new Lock() {
                @Override
                public void close() throws IOException {
                    lock.close();
                    if (mergesFail) {
                        writerEnded.countDown();
                    }
                }

                @Override
                public void ensureValid() throws IOException {
                    lock.ensureValid();
                }
            };
        }

        @Override
        public IndexOutput createTempOutput(String prefix, String suffix, IOContext context) throws IOException {
            use();
            return new FullFile(super.createTempOutput(prefix, suffix, context));
        }

        @Override
        public void sync(Collection<String> names) throws IOException {
            use();
            super.sync(names);
        }

        @Override
        public void rename(String from, String to) throws IOException {
            use();
            super.rename(from, to);
        }
    }

    private final class FullFile extends FilterIndexOutput {

        FullFile(IndexOutput file) {
            super(file.toString(), file.getName(), file);
        }

        @Override
        public void close() throws IOException {
            super.close();
            use();
        }
    }
}
