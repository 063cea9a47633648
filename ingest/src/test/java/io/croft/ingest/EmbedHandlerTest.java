package io.croft.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.Actor;
import io.croft.CroftException;
import io.croft.OrgId;
import io.croft.StaleLeaseException;
import io.croft.TenantContext;
import io.croft.content.ContentStatus;
import io.croft.content.EmbedderUnavailableException;
import io.croft.content.EmbeddingModel;
import io.croft.job.JobHandler;
import io.croft.job.JobResult;
import io.croft.job.JobState;
import io.croft.search.Source;
import io.croft.spi.Chunk;
import io.croft.spi.Content;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexScope;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.Processors;
import io.croft.spi.contract.Await;
import io.croft.spi.memory.InMemoryStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EmbedHandlerTest {

    private static final int NEVER = Integer.MAX_VALUE;
    private static final String SECRET = "Saddles are cleaned after every ride.";

    private final InMemoryStore store = new InMemoryStore();
    private final OrgId org = OrgId.named("riding-school");
    private final WordEmbedder embedder = new WordEmbedder(40);

    EmbedHandlerTest() {
        store.orgs().create(TenantContext.of(org, Actor.superAdmin("test")));
        store.jobs().registerQueue(Processors.EMBED.queue());
    }

    @ParameterizedTest
    @EnumSource
    void handle_writesChunksAndCompletesTheJob(Source source) throws Exception {
        put(source, new Content("care", "", SECRET, Map.of()));
        ClaimedJob job = claim();

        JobResult result = handler(embedder).handle(new Attempt(job, NEVER));

        assertThat(result).isEqualTo(JobResult.completed());
        assertThat(state(job)).isEqualTo(JobState.COMPLETED);
        ContentChunks chunks = chunks(source, "care");
        assertThat(chunks.modelId()).isEqualTo(WordEmbedder.MODEL);
        assertThat(chunks.revision()).isEqualTo(1);
        assertThat(chunks.chunks()).singleElement().satisfies(chunk -> {
            assertThat(chunk.text()).isEqualTo(SECRET);
            assertThat(chunk.vector()).isEqualTo(WordEmbedder.vector(SECRET));
        });
    }

    @Test
    void handle_numbersChunksAndKeepsTheirPlaces() throws Exception {
        String text = "  " + sentences(30);
        put(Source.PRIVATE, new Content("care", "", text, Map.of()));

        handler(embedder).handle(new Attempt(claim(), NEVER));

        List<Chunk> chunks = chunks(Source.PRIVATE, "care").chunks();
        assertThat(chunks).hasSizeGreaterThan(3);
        assertThat(chunks).extracting(Chunk::ordinal)
                .containsExactlyElementsOf(IntStream.range(0, chunks.size()).boxed().toList());
        assertThat(chunks).allSatisfy(chunk -> {
            assertThat(text.substring(chunk.start(), chunk.end())).isEqualTo(chunk.text());
            assertThat(chunk.vector()).isEqualTo(WordEmbedder.vector(chunk.text()));
        });
    }

    @Test
    void handle_embedsTheTitleWithEachChunk() throws Exception {
        put(Source.PRIVATE, new Content("care", " Tack care ", "Tack care first. " + sentences(30), Map.of()));

        handler(embedder).handle(new Attempt(claim(), NEVER));

        List<Chunk> chunks = chunks(Source.PRIVATE, "care").chunks();
        assertThat(embedder.texts()).hasSameSizeAs(chunks).hasSizeGreaterThan(2);
        assertThat(embedder.texts().getFirst()).as("begins with its title").isEqualTo(chunks.getFirst().text());
        for (int i = 1; i < chunks.size(); i++) {
            assertThat(embedder.texts().get(i)).isEqualTo("Tack care. " + chunks.get(i).text());
        }
        assertThat(embedder.texts())
                .allSatisfy(text -> assertThat(embedder.countTokens(text)).isLessThanOrEqualTo(embedder.maxTokens()));
    }

    @Test
    void handle_embedsTheBeginningOfALongTitle() throws Exception {
        String title = "one two three four five six seven eight nine ten eleven twelve".repeat(10);
        put(Source.PRIVATE, new Content("care", title, sentences(30), Map.of()));

        handler(embedder).handle(new Attempt(claim(), NEVER));

        assertThat(embedder.texts()).allSatisfy(text -> {
            assertThat(text).startsWith("one two three four five").contains("This is sentence");
            assertThat(embedder.countTokens(text)).isBetween(12, embedder.maxTokens());
        });
    }

    @Test
    void handle_doesNotMakeChunksAsLongAsALargeModelReads() throws Exception {
        WordEmbedder large = new WordEmbedder(8192);
        put(Source.PRIVATE, new Content("care", "", sentences(200), Map.of()));

        handler(large).handle(new Attempt(claim(), NEVER));

        assertThat(large.texts()).hasSizeGreaterThan(3)
                .allSatisfy(text -> assertThat(large.countTokens(text)).isBetween(50, Passages.MAX_TOKENS));
    }

    @Test
    void handle_saysThatASupersededRevisionHasNothingToDo() throws Exception {
        put(Source.PRIVATE, new Content("care", "", "Old.", Map.of()));
        ClaimedJob old = claim();
        put(Source.PRIVATE, new Content("care", "", "New.", Map.of()));

        JobResult result = handler(embedder).handle(new Attempt(old, NEVER));

        assertThat(result).isEqualTo(JobResult.completed("{\"superseded\":true}"));
        assertThat(embedder.calls).isEmpty();
        assertThat(chunks(Source.PRIVATE, "care").chunks()).isEmpty();
    }

    @Test
    void handle_writesNothingIfSupersededWhileItEmbeds() throws Exception {
        put(Source.PRIVATE, new Content("care", "", "Old.", Map.of()));
        ClaimedJob old = claim();
        WordEmbedder slow = new WordEmbedder(40) {
            @Override
            public List<float[]> embed(List<String> texts) {
                store.content().delete(org, Source.PRIVATE, "care");
                return super.embed(texts);
            }
        };

        JobResult result = handler(slow).handle(new Attempt(old, NEVER));

        assertThat(result).isEqualTo(JobResult.completed("{\"superseded\":true}"));
        assertThat(state(old)).isEqualTo(JobState.COMPLETED);
        assertThat(chunks(Source.PRIVATE, "care").chunks()).isEmpty();
    }

    @Test
    void handle_embedsInBatchesAndStopsBetweenThem() throws Exception {
        put(Source.PRIVATE, new Content("care", "", sentences(800), Map.of()));
        ClaimedJob job = claim();

        JobResult stopped = handler(embedder).handle(new Attempt(job, 2));

        assertThat(stopped).isEqualTo(JobResult.snooze(Duration.ZERO));
        assertThat(embedder.calls).hasSize(2).allSatisfy(texts -> assertThat(texts).hasSize(EmbedHandler.BATCH));
        assertThat(chunks(Source.PRIVATE, "care").chunks()).isEmpty();

        handler(embedder).handle(new Attempt(job, NEVER));

        assertThat(embedder.calls.subList(2, embedder.calls.size() - 1))
                .allSatisfy(texts -> assertThat(texts).hasSize(EmbedHandler.BATCH));
        assertThat(chunks(Source.PRIVATE, "care").chunks()).hasSize(embedder.texts().size() - 2 * EmbedHandler.BATCH);
    }

    @Test
    void handle_leavesAJobThatIsNoLongerItsOwn() {
        put(Source.PRIVATE, new Content("feed", "", SECRET, Map.of()));
        ClaimedJob job = claim();
        JobLease earlier = new JobLease(org, job.lease().id(), job.lease().fence() - 1);
        ClaimedJob stale = new ClaimedJob(earlier, job.kind(), job.payload(), job.attempt(), job.maxAttempts(),
                job.createdAt(), job.tags(), job.deadline(), job.overdue());

        assertThatThrownBy(() -> handler(embedder).handle(new Attempt(stale, NEVER)))
                .isInstanceOf(StaleLeaseException.class);
        assertThat(chunks(Source.PRIVATE, "feed").chunks()).isEmpty();
    }

    /** What an embedder may do wrong. */
    enum Fault {
        SHORT("a vector of length 1 instead of 2") {
            @Override
            List<float[]> spoil(List<float[]> vectors) {
                return replaceLast(vectors, new float[]{1});
            }
        },
        NAN("NaN") {
            @Override
            List<float[]> spoil(List<float[]> vectors) {
                return replaceLast(vectors, new float[]{Float.NaN, 0});
            }
        },
        INFINITE("infinity") {
            @Override
            List<float[]> spoil(List<float[]> vectors) {
                return replaceLast(vectors, new float[]{0, Float.POSITIVE_INFINITY});
            }
        },
        ZERO("norm 0.0") {
            @Override
            List<float[]> spoil(List<float[]> vectors) {
                return replaceLast(vectors, new float[2]);
            }
        },
        NOT_UNIT("norm 5.0") {
            @Override
            List<float[]> spoil(List<float[]> vectors) {
                return replaceLast(vectors, new float[]{3, 4});
            }
        },
        TOO_FEW("vectors for") {
            @Override
            List<float[]> spoil(List<float[]> vectors) {
                return vectors.subList(1, vectors.size());
            }
        };

        private final String says;

        Fault(String says) {
            this.says = says;
        }

        abstract List<float[]> spoil(List<float[]> vectors);

        private static List<float[]> replaceLast(List<float[]> vectors, float[] last) {
            List<float[]> spoilt = new ArrayList<>(vectors);
            spoilt.set(spoilt.size() - 1, last);
            return spoilt;
        }
    }

    @ParameterizedTest
    @EnumSource
    void handle_refusesUnusableVectors_namingModelAndDocumentButNotItsText(Fault fault) {
        put(Source.PRIVATE, new Content("care-of-tack", "Title", SECRET, Map.of()));
        ClaimedJob job = claim();
        WordEmbedder faulty = new WordEmbedder(40) {
            @Override
            public List<float[]> embed(List<String> texts) {
                return fault.spoil(super.embed(texts));
            }
        };

        assertThatThrownBy(() -> handler(faulty).handle(new Attempt(job, NEVER))).isInstanceOf(CroftException.class)
                .hasMessageContaining(fault.says).hasMessageContaining(WordEmbedder.MODEL)
                .hasMessageContaining("care-of-tack").message().doesNotContain("Saddles").doesNotContain("Title");
        assertThat(store.content().status(org, Source.PRIVATE, "care-of-tack")).get()
                .extracting(ContentStatus::state).isEqualTo(ContentStatus.State.QUEUED);
    }

    @ParameterizedTest
    @EnumSource
    void handle_embedsOnlyWhatHasChanged(Source source) throws Exception {
        put(source, new Content("care", "Tack", sentences(60), Map.of()));
        whole(embedder, TokenBudget.UNLIMITED).handle(new Attempt(claim(), NEVER));
        int first = embedder.texts().size();
        put(source, new Content("care", "Tack", sentences(60) + " This is the end.", Map.of("year", "2026")));

        whole(embedder, TokenBudget.UNLIMITED).handle(new Attempt(claim(), NEVER));

        assertThat(first).isGreaterThan(5);
        assertThat(embedder.texts().size() - first).isBetween(1, 2);
        assertThat(chunks(source, "care").revision()).isEqualTo(2);
        assertThat(chunks(source, "care").chunks()).allSatisfy(chunk -> assertThat(chunk.vector())
                .isEqualTo(WordEmbedder.vector("Tack. " + chunk.text())));
    }

    @Test
    void handle_embedsAllAgainUnderAnotherTitleOrByAnotherModel() throws Exception {
        put(Source.PRIVATE, new Content("care", "Tack", sentences(60), Map.of()));
        whole(embedder, TokenBudget.UNLIMITED).handle(new Attempt(claim(), NEVER));
        int first = embedder.texts().size();
        put(Source.PRIVATE, new Content("care", "Hay", sentences(60), Map.of()));
        whole(embedder, TokenBudget.UNLIMITED).handle(new Attempt(claim(), NEVER));
        assertThat(embedder.texts()).hasSize(2 * first);
        WordEmbedder other = new WordEmbedder(40) {
            @Override
            public EmbeddingModel model() {
                return new EmbeddingModel("another", super.model().dimensions(), 0);
            }
        };
        put(Source.PRIVATE, new Content("care", "Hay", sentences(60), Map.of("year", "2026")));

        whole(other, TokenBudget.UNLIMITED).handle(new Attempt(claim(), NEVER));

        assertThat(other.texts()).hasSize(first);
    }

    @Test
    void handle_waitsWhileTheModelIsAway() {
        put(Source.PRIVATE, new Content("care", "", sentences(200), Map.of()));
        Duration away = Duration.ofSeconds(40);
        WordEmbedder failing = new WordEmbedder(40) {
            @Override
            public List<float[]> embed(List<String> texts) {
                if (!calls.isEmpty()) {
                    throw new EmbedderUnavailableException("away", away, null);
                }
                return super.embed(texts);
            }
        };

        JobResult result = whole(failing, TokenBudget.daily(store.spends(), 1_000_000))
                .handle(new Attempt(claim(), NEVER));

        assertThat(result).isInstanceOfSatisfying(JobResult.Snooze.class, snooze -> {
            assertThat(snooze.delay()).isBetween(away, away.multipliedBy(2));
            assertThat(snooze.reason()).isEqualTo("the embedding model cannot be used: away");
        });
        long sent = failing.texts().stream().mapToLong(failing::countTokens).sum();
        assertThat(store.spends().spent(org)).as("what was not sent is given back").isEqualTo(sent).isPositive();
    }

    @Test
    void handle_waitsForTheNextDayWhenTheBudgetIsSpent() {
        put(Source.PRIVATE, new Content("care", "", sentences(30), Map.of()));
        put(Source.PRIVATE, new Content("feed", "", SECRET, Map.of()));
        TokenBudget budget = TokenBudget.daily(store.spends(), 1);

        JobResult first = whole(embedder, budget).handle(new Attempt(claim(), NEVER));
        int asked = embedder.calls.size();
        JobResult second = whole(embedder, budget).handle(new Attempt(claim(), NEVER));

        assertThat(first).as("the last of a day may go beyond it").isEqualTo(JobResult.completed());
        assertThat(second).isInstanceOfSatisfying(JobResult.Snooze.class, snooze -> {
            assertThat(snooze.delay()).isBetween(Duration.ofMillis(1), Duration.ofDays(1));
            assertThat(snooze.reason()).contains("budget");
        });
        assertThat(embedder.calls).hasSize(asked);
    }

    /** Away at each second call, for so long. */
    private static final class Pausing extends WordEmbedder {

        private final Duration pause;
        private int asked;

        Pausing(Duration pause) {
            super(40);
            this.pause = pause;
        }

        @Override
        public List<float[]> embed(List<String> texts) {
            if (++asked % 2 == 0) {
                throw new EmbedderUnavailableException("busy", pause, null);
            }
            return super.embed(texts);
        }
    }

    @Test
    void handle_waitsInPlaceForShortPausesOnceSomethingIsEmbedded() throws Exception {
        put(Source.PRIVATE, new Content("care", "", sentences(800), Map.of()));
        Pausing pausing = new Pausing(Duration.ZERO);

        JobResult result = handler(pausing).handle(new Attempt(claim(), NEVER));

        assertThat(result).isEqualTo(JobResult.completed());
        assertThat(pausing.calls).hasSizeGreaterThan(2);
        assertThat(pausing.texts()).as("none is embedded twice").doesNotHaveDuplicates()
                .hasSameSizeAs(chunks(Source.PRIVATE, "care").chunks());
    }

    @Test
    void handle_stopsWhileItWaitsInPlace() throws Exception {
        put(Source.PRIVATE, new Content("care", "", sentences(800), Map.of()));
        Pausing pausing = new Pausing(Duration.ofSeconds(25));

        JobResult result = handler(pausing).handle(new Attempt(claim(), 5));

        assertThat(result).isEqualTo(JobResult.snooze(Duration.ZERO));
        assertThat(pausing.calls).hasSize(1);
    }

    private EmbedHandler whole(WordEmbedder embedder, TokenBudget budget) {
        return new EmbedHandler(store.content(), embedder,
                new KnownVectors(store.content(), Optional.of(store.orgs())), budget);
    }

    @Test
    void handlers_areThoseOfTheLibrarysKinds() {
        assertThat(Ingest.handlers().handlers(store.content(), embedder)).containsOnlyKeys(Processors.EMBED);
    }

    private JobHandler handler(WordEmbedder embedder) {
        return Objects.requireNonNull(
                Ingest.handlers().handlers(store.content(), embedder).get(Processors.EMBED));
    }

    private void put(Source source, Content content) {
        store.content().put(org, source, List.of(content), Processors.EMBED);
    }

    private ClaimedJob claim() {
        List<ClaimedJob> claimed = new ArrayList<>();
        Await.until("a job is claimed", () -> {
            store.jobs().maintain(100);
            claimed.addAll(store.jobs().claim(Processors.EMBED.queue(), 1, "test", Duration.ofMinutes(5)));
            return !claimed.isEmpty();
        });
        return claimed.getFirst();
    }

    private JobState state(ClaimedJob job) {
        return store.jobs().find(org, job.lease().id()).orElseThrow().state();
    }

    private ContentChunks chunks(Source source, String id) {
        IndexScope scope = switch (source) {
            case PRIVATE -> new IndexScope.PrivateIndex(org, store.orgs().find(org).orElseThrow().incarnation());
            case MARKETPLACE -> new IndexScope.MarketIndex();
        };
        return store.content().chunks(scope, List.of(new ContentKey(org, id))).getFirst();
    }

    private static String sentences(int count) {
        return IntStream.range(0, count).mapToObj(i -> "This is sentence number " + i + ".")
                .collect(Collectors.joining(" "));
    }
}
