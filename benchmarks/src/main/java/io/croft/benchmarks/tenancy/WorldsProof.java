package io.croft.benchmarks.tenancy;

import io.croft.OrgId;
import io.croft.benchmarks.data.History;
import io.croft.benchmarks.data.OrgIndex;
import io.croft.benchmarks.run.Waiting;
import io.croft.benchmarks.tenancy.WorldQuestions.Question;
import io.croft.lucene.IndexProbe;
import io.croft.lucene.LuceneIndex;
import io.croft.spi.ChunkIndex;
import io.croft.spi.IndexScope;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * Two worlds: in both the same happens to one organisation and to the marketplace, and something else to all other
 * organisations. What the one can learn must not tell the worlds apart: while all are at work its own index has the
 * same hits, and once it and the marketplace are quiet and of one segment each bit of each answer is the same.
 *
 * <p>Fewer indexes stay open than there are, so that the others' doings also decide when the one's is closed and its
 * changes are written out.
 */
final class WorldsProof {

    private static final int OTHERS = 7;
    private static final int IDS = 1_000;
    private static final int OTHER_IDS = 3_000;
    private static final int MOST = 199;
    private static final int OPEN = 3;
    /** Of the batches: this many of a hundred are the one's own and the marketplace's each, the rest the others'. */
    private static final int SHARE = 20;
    private static final int ASK_EVERY = 4;
    private static final int COMMIT_EVERY = 10;
    private static final int SHOWN = 10;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final IndexScope.PrivateIndex OWN = OrgIndex.named("world-own");
    private static final IndexScope.MarketIndex MARKET = new IndexScope.MarketIndex();

    private final long seed;
    private final WorldQuestions questions = new WorldQuestions(OWN, MARKET);
    private final List<String> faults = new ArrayList<>();
    private final SplittableRandom random;
    private long operations;
    private int compared;
    private int steps;

    /**
     * What was seen.
     *
     * @param operations how many changes were made in each world
     * @param between    how many questions were asked while the worlds were at work
     * @param lines      how many lines of answers were compared at the end
     * @param faults     what differed: must be none
     */
    record Report(long operations, int between, long lines, List<String> faults) {

        Report {
            faults = List.copyOf(faults);
        }
    }

    WorldsProof(long seed) {
        this.seed = seed;
        this.random = new SplittableRandom(seed);
    }

    /** Makes so many changes in each world, and asks so many questions at the end. */
    Report run(Path folder, int changes, int asked) throws InterruptedException {
        try (World one = new World(folder.resolve("one"), seed, 1);
                World other = new World(folder.resolve("other"),
                        seed, 2);
                ExecutorService workers = Executors.newFixedThreadPool(4)) {
            while (operations < changes) {
                step(one, other, workers);
            }
            one.becomeQuiet();
            other.becomeQuiet();
            long lines = 0;
            for (int i = 0; i < asked; i++) {
                lines += compareAnswers(one, other, Question.random(random));
            }
            return new Report(operations, compared, lines, faults.subList(0, Math.min(SHOWN, faults.size())));
        }
    }

    private void step(World one, World other, ExecutorService workers) throws InterruptedException {
        steps++;
        boolean commit = random.nextInt(COMMIT_EVERY) == 0;
        List<Future<Integer>> running = new ArrayList<>();
        for (World world : List.of(one, other)) {
            running.add(workers.submit(() -> world.others(100 / SHARE - 2)));
            running.add(workers.submit(() -> world.same(commit)));
        }
        int made = 0;
        for (Future<Integer> part : running) {
            made += get(part);
        }
        operations += made / 2; // of the two worlds, which differ a little in it
        if (steps % ASK_EVERY == 0) {
            Question question = Question.random(random);
            Set<String> expected = questions.hits(one.index, question);
            Set<String> found = questions.hits(other.index, question);
            compared++;
            if (!expected.equals(found)) {
                Set<String> onlyOne = new TreeSet<>(expected);
                onlyOne.removeAll(found);
                Set<String> onlyOther = new TreeSet<>(found);
                onlyOther.removeAll(expected);
                faults.add("step " + steps + ", " + question + ": only one world has " + onlyOne
                        + ", only the other has " + onlyOther);
            }
        }
    }

    private long compareAnswers(World one, World other, Question question) {
        List<String> expected = questions.answers(one.index, question);
        List<String> found = questions.answers(other.index, question);
        for (int i = 0; i < Math.max(expected.size(), found.size()); i++) {
            String left = i < expected.size() ? expected.get(i) : "nothing";
            String right = i < found.size() ? found.get(i) : "nothing";
            if (!left.equals(right)) {
                faults.add(question + ": one world says " + left + ", the other " + right);
                break;
            }
        }
        return expected.size();
    }

    private static int get(Future<Integer> part) throws InterruptedException {
        try {
            return part.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a world could not go on: " + e.getCause(), e);
        }
    }

    /** One world. Its two kinds of changes are made by one thread each. */
    private static final class World implements AutoCloseable {

        private final LuceneIndex index;
        private final History own;
        private final History market;
        private final List<History> others;
        private final int[] numbers = new int[OTHERS];
        private final SplittableRandom chance;
        private int ownNumber;
        private int marketNumber;

        World(Path root, long seed, int number) {
            List<IndexScope.PrivateIndex> scopes =
                    IntStream.range(0, OTHERS).mapToObj(i -> OrgIndex.named("world-other-" + i)).toList();
            this.own = new History(seed, OWN, List.of(OWN.org()), IDS, MOST);
            List<OrgId> sellers = scopes.stream().map(IndexScope.PrivateIndex::org).toList();
            this.market = new History(seed + 1, MARKET, sellers, IDS / 2, MOST);
            this.others = IntStream.range(0, OTHERS).mapToObj(i -> new History(seed + 100L * number + i + 2,
                    scopes.get(i), List.of(scopes.get(i).org()), OTHER_IDS, MOST)).toList();
            this.chance = new SplittableRandom(seed + number);
            this.index = LuceneIndex.builder(root).openReaders(OPEN).bufferBytes(32 << 20).build();
            index.start(History.SCHEMA, event -> {
            });
            List<IndexScope> all = new ArrayList<>(scopes);
            all.addAll(List.of(OWN, MARKET));
            for (IndexScope scope : all) {
                try (ChunkIndex.Rebuild build = index.rebuild(scope)) {
                    build.finish(History.checkpoint(0));
                }
            }
        }

        /** What is the same in both. */
        int same(boolean commit) {
            int made = apply(own, ++ownNumber) + apply(market, ++marketNumber);
            if (commit) {
                index.commit(OWN);
                index.commit(MARKET);
            }
            return made;
        }

        /** What is not. */
        int others(int batches) {
            int made = 0;
            for (int i = 0; i < batches; i++) {
                int which = chance.nextInt(OTHERS);
                History history = others.get(which);
                if (chance.nextInt(200) == 0) {
                    index.drop(history.scope());
                    numbers[which] = 0;
                    try (ChunkIndex.Rebuild build = index.rebuild(history.scope())) {
                        build.finish(History.checkpoint(0));
                    }
                }
                made += apply(history, ++numbers[which]);
                if (chance.nextInt(COMMIT_EVERY) == 0) {
                    index.commit(history.scope());
                }
                index.session(history.scope(), Long.MAX_VALUE).close();
            }
            return made;
        }

        private int apply(History history, int number) {
            var batch = history.batch(number);
            index.apply(history.scope(), batch, History.checkpoint(number));
            return batch.size();
        }

        /** Merges the own index and the marketplace's into one segment each. */
        void becomeQuiet() {
            index.commit(OWN);
            index.commit(MARKET);
            Waiting.until("one segment each", PATIENCE, () -> {
                IndexProbe.tidyAsIdle(index);
                return IndexProbe.isSeenAsOneSegment(index, OWN) && IndexProbe.isSeenAsOneSegment(index, MARKET);
            });
        }

        @Override
        public void close() {
            index.close();
        }
    }
}
