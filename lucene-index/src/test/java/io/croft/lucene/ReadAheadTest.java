package io.croft.lucene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.IntStream;
import org.apache.lucene.index.FloatVectorValues;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ReadAheadTest {

    private static final int UNREADABLE = 13;

    @Test
    void read_readsEachOnce_andLeavesFailuresToTheNextReader() throws IOException {
        ConcurrentLinkedQueue<Integer> read = new ConcurrentLinkedQueue<>();
        int[] wanted = IntStream.range(0, 100).map(i -> 3 * i).toArray();

        try (ExecutorService readers = Executors.newFixedThreadPool(ReadAhead.READERS)) {
            ReadAhead.read(new Noting(read), wanted, readers, CrowdTest.unhurried());
        }

        assertThat(read).containsExactlyInAnyOrderElementsOf(IntStream.of(wanted).boxed().toList());

        read.clear();
        ReadAhead.read(new Noting(read), new int[]{UNREADABLE, 1, 2}, Runnable::run,
                CrowdTest.unhurried());
        assertThat(read).containsExactlyInAnyOrder(1, 2);
    }

    @Test
    void read_doesNothingOnThreadsThatHaveEnded() {
        assertThatCode(() -> ReadAhead.read(new Noting(new ConcurrentLinkedQueue<>()), new int[]{1}, work -> {
            throw new RejectedExecutionException();
        }, CrowdTest.unhurried())).doesNotThrowAnyException();
    }

    @Test
    @Timeout(60)
    void read_doesNotWaitBeyondTheDeadline_norReadAfterIt() throws IOException {
        ConcurrentLinkedQueue<Integer> read = new ConcurrentLinkedQueue<>();
        List<Runnable> stuck = new ArrayList<>();

        ReadAhead.read(new Noting(read), new int[]{1, 2, 3}, stuck::add, new Deadline(System.nanoTime()));

        assertThat(stuck).hasSize(ReadAhead.READERS);
        stuck.forEach(Runnable::run);
        assertThat(read).as("what nobody waits for").isEmpty();
    }

    /** Vectors that note which of them are read. */
    private static final class Noting extends FloatVectorValues {

        private final ConcurrentLinkedQueue<Integer> read;

        Noting(ConcurrentLinkedQueue<Integer> read) {
            this.read = read;
        }

        @Override
        public float[] vectorValue(int ordinal) throws IOException {
            if (ordinal == UNREADABLE) {
                throw new IOException("gone");
            }
            read.add(ordinal);
            return new float[]{1};
        }

        @Override
        public int dimension() {
            return 1;
        }

        @Override
        public int size() {
            return 1_000;
        }

        @Override
        public FloatVectorValues copy() {
            return new Noting(read);
        }
    }
}
