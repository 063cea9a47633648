package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.search.Facet;
import io.croft.search.Filter;
import io.croft.search.SearchMode;
import io.croft.search.Sort;
import io.croft.spi.Checkpoint;
import io.croft.spi.Chunk;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.IndexSession.CandidateQuery;
import io.croft.spi.IndexSession.Sorted;
import io.croft.spi.QueryText;
import io.croft.spi.Sight;
import io.croft.spi.TextStatistics;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A session shows what its sight lets it, and nothing tells of the rest. */
interface IndexSightCases extends IndexFixture {

    List<String> WORDS = List.of("saddle", "bridle", "pony", "gelding", "stable", "meadow", "farrier", "harness");
    List<QueryText> TEXTS = Stream.of("saddle", "pony meadow", "sadle bridel", "gelding \"stable meadow\"", "unicorn")
            .map(QueryText::of).toList();
    List<String> GROUPS = List.of("a", "b", "c d", "ü");
    List<Sight> SIGHTS = List.of(Sight.ALL, Sight.of(List.of()), Sight.of(List.of("a")), Sight.of(List.of("b", "ü")),
            Sight.of(GROUPS), Sight.of(List.of("none of them", "c")));

    private ContentChunks random(IndexScope.PrivateIndex scope, String id, long revision, Random random) {
        List<Chunk> chunks = new ArrayList<>();
        for (int i = 0; i <= random.nextInt(3); i++) {
            StringBuilder text = new StringBuilder();
            for (int word = 0; word <= random.nextInt(12); word++) {
                text.append(WORDS.get(random.nextInt(WORDS.size()))).append(' ');
            }
            double angle = random.nextDouble() * Math.PI;
            chunks.add(new Chunk(i, 0, text.length(), text.toString(),
                    new float[]{(float) Math.cos(angle), (float) Math.sin(angle), 0, 0}));
        }
        Set<String> groups = new HashSet<>();
        if (random.nextInt(3) > 0) {
            GROUPS.stream().filter(group -> random.nextInt(3) == 0).forEach(groups::add);
        }
        return new ContentChunks(new ContentKey(scope.org(), id), revision, MODEL.id(), Instant.EPOCH,
                WORDS.get(random.nextInt(WORDS.size())), Map.of("kind", "k" + random.nextInt(4), "price",
                        "" + random.nextInt(100)),
                groups, chunks);
    }

    private CandidateQuery ask(SearchMode mode, QueryText text, TextStatistics statistics) {
        return new CandidateQuery(mode, text, mode == SearchMode.TEXT ? null : new float[]{0.6f, 0.8f, 0, 0},
                statistics, 10_000, System.nanoTime() + Duration.ofSeconds(30).toNanos());
    }

    private static List<String> shown(Collection<Candidate> candidates) {
        return candidates.stream().map(one -> "%s %s %.5f %.5f %s".formatted(one.key().id(), one.ordinal(),
                one.cosine(), one.bm25(), one.traits())).sorted().toList();
    }

    /** What a session counts. */
    private static Map<String, Object> counts(IndexSession session) {
        Map<String, Object> counts = new TreeMap<>();
        for (QueryText text : TEXTS) {
            TextStatistics statistics = session.statistics(text);
            counts.put("statistics of " + text.words(), statistics);
            counts.put("near " + text.words(),
                    session.near(text, statistics, System.nanoTime() + Duration.ofSeconds(30).toNanos()).stream()
                            .map(Object::toString).sorted().toList());
        }
        return counts;
    }

    /**
     * What a session finds.
     *
     * @param statistics how common words are
     */
    private Map<String, Object> answers(IndexSession session, Collection<String> ids, IndexScope.PrivateIndex scope,
            Function<QueryText, TextStatistics> statistics) {
        Map<String, Object> answers = new TreeMap<>();
        answers.put("size", session.size());
        for (QueryText text : TEXTS) {
            String words = text.words() + " " + text.phrases();
            for (SearchMode mode : SearchMode.values()) {
                CandidateQuery query = ask(mode, text, statistics.apply(text));
                answers.put(mode + " " + words, shown(session.candidates(query)));
                answers.put(mode + " filtered " + words, shown(
                        session.candidates(query.filter(Filter.range("price").below(50)))));
                answers.put(mode + " sorted " + words, session.sorted(query, Sort.ascending("price")).stream()
                        .map(Sorted::candidate).map(one -> one.key().id()).distinct().toList());
                answers.put(mode + " facets " + words, session
                        .facets(query, List.of(new Facet.Values("kind", 10))).stream()
                        .map(counts -> counts.stream().map(Object::toString).sorted().toList()).toList());
            }
        }
        for (String id : ids) {
            ContentKey key = new ContentKey(scope.org(), id);
            answers.put("revision of " + id, session.revision(key));
            answers.put("mean of " + id, session.meanVector(key).map(Arrays::toString));
        }
        return answers;
    }

    @Test
    default void session_isAsOfAnIndexOfWhatItSeesAlone() {
        Random random = Seed.random("session_isAsOfAnIndexOfWhatItSeesAlone");
        for (int round = 0; round < 5; round++) {
            IndexScope.PrivateIndex scope = newScope();
            List<ContentChunks> all = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                all.add(random(scope, "d" + i, 1, random));
            }
            build(scope, all.toArray(ContentChunks[]::new));
            List<String> ids = all.stream().map(one -> one.key().id()).toList();
            for (Sight sight : SIGHTS) {
                IndexScope.PrivateIndex alone = new IndexScope.PrivateIndex(scope.org(), UUID.randomUUID());
                List<ContentChunks> seen = all.stream().filter(one -> sight.sees(one.groups())).toList();
                build(alone, seen.toArray(ContentChunks[]::new));
                try (IndexSession session = index().session(scope, sight, Long.MAX_VALUE);
                        IndexSession other = index().session(alone, Long.MAX_VALUE)) {
                    assertThat(counts(session)).as("%s", sight).isEqualTo(counts(other));
                    assertThat(answers(session, ids, scope, session::statistics)).as("%s", sight)
                            .isEqualTo(answers(other, ids, scope, other::statistics));
                    assertThat(session.size()).isPositive();
                }
            }
        }
    }

    /** What was replaced may be counted as a word for a while, but is never found, nor what it was for. */
    @Test
    default void session_seesWhatIsForItsGroupsNow() {
        Random random = Seed.random("session_seesWhatIsForItsGroupsNow");
        IndexScope.PrivateIndex scope = newScope();
        build(scope);
        Map<String, ContentChunks> all = new TreeMap<>();
        for (int round = 1; round <= 8; round++) {
            List<ContentChunks> changes = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                String id = "d" + (i * 3 + random.nextInt(3));
                ContentChunks change = random.nextInt(5) == 0
                        ? ContentChunks.none(new ContentKey(scope.org(), id))
                        : random(scope, id, round, random);
                changes.add(change);
                all.put(id, change);
            }
            index().apply(scope, changes, new Checkpoint("round " + round));
            for (Sight sight : SIGHTS) {
                IndexScope.PrivateIndex alone = new IndexScope.PrivateIndex(scope.org(), UUID.randomUUID());
                build(alone, all.values().stream().filter(one -> !one.chunks().isEmpty() && sight.sees(one.groups()))
                        .toArray(ContentChunks[]::new));
                try (IndexSession session = index().session(scope, sight, Long.MAX_VALUE);
                        IndexSession other = index().session(alone, Long.MAX_VALUE)) {
                    assertThat(answers(session, all.keySet(), scope, other::statistics)).as("%s", sight)
                            .isEqualTo(answers(other, all.keySet(), scope, other::statistics));
                }
            }
        }
    }

    @Test
    default void whatIsForNobody_isSeenByWhoSeesAll() {
        IndexScope.PrivateIndex scope = newScope();
        ContentChunks hidden = new ContentChunks(new ContentKey(scope.org(), "hidden"), 1, MODEL.id(),
                Instant.EPOCH, "", Map.of(), ContentChunks.FOR_NOBODY, List.of(chunks("saddle")));
        build(scope, hidden, document(scope.org(), "open", "saddle", x()));

        for (Sight sight : SIGHTS) {
            try (IndexSession session = index().session(scope, sight, Long.MAX_VALUE)) {
                assertThat(byText(session, "saddle")).as("%s", sight).hasSize(sight.isAll() ? 2 : 1);
            }
        }
    }

    @Test
    default void groups_areAmongWhatLasts() {
        IndexScope.PrivateIndex scope = newScope();
        ContentChunks hidden = new ContentChunks(new ContentKey(scope.org(), "hidden"), 1, MODEL.id(),
                Instant.EPOCH, "", Map.of(), Set.of("a"), List.of(chunks("saddle")));
        build(scope, hidden, document(scope.org(), "open", "saddle", x()));

        reopen(MODEL);
        assertReady(scope, "built");

        for (Sight sight : SIGHTS) {
            try (IndexSession session = index().session(scope, sight, Long.MAX_VALUE)) {
                assertThat(byText(session, "saddle")).hasSize(sight.sees(Set.of("a")) ? 2 : 1);
            }
        }
    }
}
