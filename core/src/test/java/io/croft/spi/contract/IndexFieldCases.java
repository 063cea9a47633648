package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.croft.search.Facet;
import io.croft.search.FieldValue;
import io.croft.search.Fields;
import io.croft.search.Filter;
import io.croft.search.SearchMode;
import io.croft.search.Sort;
import io.croft.search.Source;
import io.croft.spi.Checkpoint;
import io.croft.spi.Chunk;
import io.croft.spi.ChunkIndex.Standing;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexSchema;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.IndexSession.CandidateQuery;
import io.croft.spi.IndexSession.Except;
import io.croft.spi.IndexSession.Sorted;
import io.croft.spi.IndexSession.ValueCount;
import io.croft.spi.QueryText;
import io.croft.spi.SearchTimeoutException;
import io.croft.spi.TextStatistics;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Filters, sorting and counting by the declared fields, in one index. */
interface IndexFieldCases extends IndexFixture {

    @Test
    default void filters_ofEveryKindAndDepth_passWhatTheyMean() {
        Random random = Seed.random("filters_ofEveryKindAndDepth_passWhatTheyMean");
        IndexScope.PrivateIndex scope = newScope();
        Animals animals = new Animals(scope.org(), random);
        build(scope, animals.change(90, 120).stream().filter(one -> !one.chunks().isEmpty())
                .toArray(ContentChunks[]::new));
        for (int round = 0; round < 4; round++) {
            try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
                for (int i = 0; i < 150; i++) {
                    Filter filter = animals.filter(1 + random.nextInt(4));
                    String word = Animals.WORDS[random.nextInt(Animals.WORDS.length)];

                    assertThat(ids(session.candidates(filtered(session, SearchMode.TEXT, word, filter))))
                            .as("%s with %s", filter, word).isEqualTo(animals.passing(filter, word));
                    assertThat(ids(session.candidates(filtered(session, SearchMode.VECTOR, "", filter))))
                            .as("%s", filter).isEqualTo(animals.passing(filter, ""));
                    assertThat(ids(session.candidates(filtered(session, SearchMode.HYBRID, word, filter))))
                            .as("%s in both legs", filter).isEqualTo(animals.passing(filter, ""));
                }
            }
            index().apply(scope, animals.change(30, 120), new Checkpoint("round " + round));
        }
    }

    @Test
    default void sorted_givesTheFirstOfAllThatMatch() {
        Random random = Seed.random("sorted_givesTheFirstOfAllThatMatch");
        IndexScope.PrivateIndex scope = newScope();
        Animals animals = new Animals(scope.org(), random);
        build(scope);
        for (int round = 0; round < 5; round++) {
            index().apply(scope, animals.change(40, 120), new Checkpoint("round " + round));
            try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
                for (int i = 0; i < 60; i++) {
                    Filter filter = animals.filter(1 + random.nextInt(2));
                    String field = List.of("kind", "price", "seen", "sold").get(random.nextInt(4));
                    Sort.ByField sort = random.nextBoolean() ? Sort.ascending(field) : Sort.descending(field);
                    SearchMode mode = List.of(SearchMode.values()).get(random.nextInt(3));
                    String word = mode == SearchMode.VECTOR
                            ? ""
                            : Animals.WORDS[random.nextInt(Animals.WORDS.length)];
                    int most = 1 + random.nextInt(40);

                    List<Sorted> found = session.sorted(filtered(session, mode, word, filter).perLeg(most), sort);

                    assertThat(found.stream().map(one -> one.candidate().key().id()).distinct().toList())
                            .as("%s, %s, %s, %s", sort, filter, mode, word)
                            .isEqualTo(animals.sorted(filter, word, sort, most));
                    assertThat(found).allSatisfy(one -> assertThat(one.candidate().bm25() > 0)
                            .isEqualTo(mode != SearchMode.VECTOR));
                }
            }
        }
    }

    @Test
    default void candidates_bringTheNumbersThatAreAskedFor() {
        Random random = Seed.random("candidates_bringTheNumbersThatAreAskedFor");
        IndexScope.PrivateIndex scope = newScope();
        build(scope);
        Map<String, Double> prices = new HashMap<>();
        for (int part = 0; part < 4; part++) { // an index that is written several times has several segments
            List<ContentChunks> documents = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                String id = "d" + random.nextInt(50);
                double price = random.nextInt(2000) / 8.0 - 100;
                boolean priced = random.nextBoolean();
                documents.removeIf(one -> one.key().id().equals(id));
                documents
                        .add(new ContentChunks(new ContentKey(scope.org(), id), part + 1, MODEL.id(), Instant.EPOCH, "",
                                priced ? Map.of("price", "" + price) : Map.of("kind", "cob"),
                                List.of(new Chunk(0, 0, 1, "saddle", x()), new Chunk(1, 0, 1, "saddle pony", y()))));
                prices.remove(id);
                if (priced) {
                    prices.put(id, price);
                }
            }
            index().apply(scope, documents, new Checkpoint("part " + part));
        }

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            for (SearchMode mode : SearchMode.values()) {
                CandidateQuery query = filtered(session, mode, mode == SearchMode.VECTOR ? "" : "saddle",
                        Filter.not(Filter.equals("kind", "none")));
                List<Candidate> found = session.candidates(query.numbers(Set.of("price")));
                List<Sorted> sorted = session.sorted(query.numbers(Set.of("price")), Sort.descending("price"));

                assertThat(found).hasSizeGreaterThan(prices.size());
                for (List<Candidate> list : List.of(found, sorted.stream().map(Sorted::candidate).toList())) {
                    assertThat(list).isNotEmpty().allSatisfy(one -> assertThat(one.traits().numbers())
                            .isEqualTo(prices.containsKey(one.key().id())
                                    ? Map.of("price", prices.get(one.key().id()))
                                    : Map.of()));
                }
                assertThat(session.candidates(query)).as("nobody asked")
                        .allSatisfy(one -> assertThat(one.traits().numbers()).isEmpty());
            }
        }
    }

    @Test
    default void sorted_showsTheBestChunksOfADocument() {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, new ContentChunks(new ContentKey(scope.org(), "a"), 1, MODEL.id(), Instant.EPOCH, "",
                Map.of("price", "5"),
                List.of(new Chunk(0, 0, 1, "pony", x()), new Chunk(1, 0, 1, "saddle saddle saddle", y()),
                        new Chunk(2, 0, 1, "saddle leather horse", new float[]{0.8f, 0.6f, 0, 0}),
                        new Chunk(3, 0, 1, "saddle stable leather horse", new float[]{0, 0, 0, 1}))));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            assertThat(ordinals(session, SearchMode.TEXT)).containsExactly(1);
            assertThat(ordinals(session, SearchMode.HYBRID)).containsExactlyInAnyOrder(1, 2);
            assertThat(ordinals(session, SearchMode.VECTOR)).containsExactly(0);
            Sorted shown = session.sorted(filtered(session, SearchMode.TEXT, "saddle", Filter.exists("price")),
                    Sort.ascending("price")).getFirst();
            assertThat(shown.value()).hasValue(FieldValue.of(5));
            assertThat(shown.candidate()).isEqualTo(byText(session, "saddle").stream()
                    .filter(one -> one.ordinal() == 1).findFirst().orElseThrow());
        }
    }

    private List<Integer> ordinals(IndexSession session, SearchMode mode) {
        return session.sorted(filtered(session, mode, "saddle", Filter.exists("price")), Sort.ascending("price"))
                .stream().map(one -> one.candidate().ordinal()).toList();
    }

    @Test
    default void facets_countEachDocumentThatMatchesOnce() {
        Random random = Seed.random("facets_countEachDocumentThatMatchesOnce");
        IndexScope.PrivateIndex scope = newScope();
        Animals animals = new Animals(scope.org(), random);
        build(scope);
        for (int round = 0; round < 25; round++) {
            index().apply(scope, animals.change(15, 120), new Checkpoint("round " + round));
            try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
                for (int i = 0; i < 10; i++) {
                    Filter filter = animals.filter(1 + random.nextInt(2));
                    SearchMode mode = List.of(SearchMode.values()).get(random.nextInt(3));
                    String word = mode == SearchMode.VECTOR
                            ? ""
                            : Animals.WORDS[random.nextInt(Animals.WORDS.length)];
                    List<Filter.Range> ranges = List.of(animals.numbers(), animals.numbers(), animals.numbers());

                    List<List<ValueCount>> counts = session.facets(filtered(session, mode, word, filter),
                            List.of(new Facet.Values("kind", 10), new Facet.Values("tags", 1),
                                    new Facet.Values("sold", 2), new Facet.Ranges("price", ranges)));

                    assertThat(counts).as("%s, %s, %s", filter, mode, word).hasSize(4);
                    assertThat(asMap(counts.get(0))).isEqualTo(animals.counts(filter, word, "kind"));
                    assertThat(asMap(counts.get(1))).isEqualTo(animals.counts(filter, word, "tags"));
                    assertThat(asMap(counts.get(2))).isEqualTo(animals.counts(filter, word, "sold"));
                    assertThat(counts.get(3)).isEqualTo(ranges.stream().map(range -> new ValueCount(range.label(),
                            animals.count(filter, word, range))).toList());
                }
            }
        }
    }

    @Test
    default void facets_ofVeryManyValuesGiveTheMostFrequent() {
        IndexScope.PrivateIndex scope = newScope();
        List<ContentChunks> documents = new ArrayList<>();
        for (int i = 0; i < IndexSession.MAX_FACET_VALUES + 5; i++) {
            documents.add(new ContentChunks(new ContentKey(scope.org(), "d-" + i), 1, MODEL.id(), Instant.EPOCH, "",
                    Map.of("tags", "value-" + i + (i < 3 ? "\nzz" : "")), List.of(new Chunk(0, 0, 1, "pony", x()))));
        }
        build(scope, documents.toArray(ContentChunks[]::new));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            List<ValueCount> counts = session.facets(filtered(session, SearchMode.VECTOR, "", Filter.exists("tags")),
                    List.of(new Facet.Values("tags", 1000))).getFirst();

            assertThat(counts).hasSize(IndexSession.MAX_FACET_VALUES).contains(new ValueCount("zz", 3));
        }
    }

    private static Map<String, Long> asMap(Collection<ValueCount> counts) {
        return counts.stream().collect(java.util.stream.Collectors.toMap(ValueCount::value, ValueCount::documents));
    }

    @Test
    default void candidates_areTheBestOfEachLegAmongThoseThatPass() {
        IndexScope.PrivateIndex scope = newScope();
        List<ContentChunks> documents = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            double angle = i * 0.003;
            documents.add(new ContentChunks(new ContentKey(scope.org(), "d-" + i), 1, MODEL.id(), Instant.EPOCH, "",
                    Map.of("price", Integer.toString(i)), List.of(new Chunk(0, 0, 1, "saddle"
                            + " leather".repeat(i / 4),
                            new float[]{(float) Math.cos(angle), (float) Math.sin(angle),
                                    0, 0}))));
        }
        build(scope, documents.toArray(ContentChunks[]::new));
        Filter last = Filter.range("price").atLeast(360);

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            for (SearchMode mode : List.of(SearchMode.TEXT, SearchMode.VECTOR)) {
                List<Candidate> found = session.candidates(filtered(session, mode, "saddle", last).perLeg(4));

                assertThat(ids(found)).as("%s", mode).containsExactly("d-360", "d-361", "d-362", "d-363");
            }
        }
    }

    @Test
    default void candidates_haveTheSameSignalsUnderAnyFilter() {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, priced(scope, "a", "saddle leather", "1"), priced(scope, "b", "saddle saddle bridle", "2"),
                priced(scope, "c", "pony tail", "3"));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            Candidate free = only(hybrid(session, "saddle", x()), "b");
            Candidate filtered = only(session.candidates(
                    filtered(session, SearchMode.HYBRID, "saddle", Filter.equals("price", 2))), "b");

            assertThat(filtered.bm25()).isEqualTo(free.bm25(), within(1e-6f));
            assertThat(filtered.cosine()).isEqualTo(free.cosine(), within(1e-6f));
        }
    }

    private ContentChunks priced(IndexScope.PrivateIndex scope, String id, String text, String price) {
        return new ContentChunks(new ContentKey(scope.org(), id), 1, MODEL.id(), Instant.EPOCH, "",
                Map.of("price", price), List.of(new Chunk(0, 0, text.length(), text, x())));
    }

    @Test
    default void fields_areFilteredInTheMarketplaceForEachOwnerAlike() {
        IndexScope.PrivateIndex one = newScope();
        IndexScope.PrivateIndex other = newScope();
        build(MARKET, priced(one, "same", "saddle", "1"), priced(other, "same", "saddle", "2"));

        try (IndexSession session = index().session(MARKET, Long.MAX_VALUE)) {
            assertThat(session.candidates(filtered(session, SearchMode.TEXT, "saddle", Filter.equals("price", 2))))
                    .extracting(candidate -> candidate.key().org()).containsExactly(other.org());
            assertThat(session.sorted(filtered(session, SearchMode.TEXT, "saddle", Filter.exists("price")),
                    Sort.descending("price"))).extracting(sorted -> sorted.candidate().key().org())
                    .containsExactly(other.org(), one.org());
        }
    }

    @ParameterizedTest
    @EnumSource
    default void fields_areSearchedUntilTheDeadline(SearchMode mode) {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, priced(scope, "a", "saddle", "1"));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            CandidateQuery late =
                    new CandidateQuery(mode, QueryText.of("saddle"), x(), statistics(session, "saddle"), 10,
                            System.nanoTime() - 1_000_000).filter(Filter.exists("price"));

            assertThatThrownBy(() -> session.candidates(late)).isInstanceOf(SearchTimeoutException.class);
            assertThatThrownBy(() -> session.sorted(late, Sort.ascending("price")))
                    .isInstanceOf(SearchTimeoutException.class);
            assertThatThrownBy(() -> session.facets(late, List.of(new Facet.Values("kind", 1))))
                    .isInstanceOf(SearchTimeoutException.class);
        }
    }

    @Test
    default void declaration_thatChangedNeedsARebuildUnlessOnlyWhatIsStoredDid() {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, priced(scope, "a", "saddle", "1"));

        reopen(new IndexSchema(MODEL, FIELDS.stored("more")));
        assertThat(index().open(scope)).isInstanceOf(Standing.Ready.class);
        reopen(new IndexSchema(MODEL, FIELDS.keyword("more")));
        assertThat(index().open(scope)).isInstanceOf(Standing.NeedsRebuild.class);
        reopen(new IndexSchema(MODEL, Fields.declare().keyword("price")));
        assertThat(index().open(scope)).isInstanceOf(Standing.NeedsRebuild.class);
        build(scope, priced(scope, "a", "saddle", "1"));
        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            assertThat(session.candidates(filtered(session, SearchMode.TEXT, "saddle", Filter.equals("price", "1"))))
                    .hasSize(1);
        }
    }

    @Test
    default void fields_sortAndCountOnlyWhatHasThePhrasesAndIsNotLeftOut() {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, priced(scope, "a", "saddle horse", "1"), priced(scope, "b", "horse saddle", "2"),
                priced(scope, "c", "pony saddle horse", "3"));

        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            for (SearchMode mode : SearchMode.values()) {
                CandidateQuery query = query(mode, "\"saddle horse\"", mode == SearchMode.TEXT ? null : x(),
                        statistics(session, "saddle horse"), 10);
                CandidateQuery without = query.except(new Except(Source.PRIVATE, new ContentKey(scope.org(), "a")));

                assertThat(session.sorted(query, Sort.descending("price")))
                        .extracting(one -> one.candidate().key().id()).containsExactly("c", "a");
                assertThat(session.sorted(without, Sort.descending("price")))
                        .extracting(one -> one.candidate().key().id()).containsExactly("c");
                Facet dear = new Facet.Ranges("price", List.of(Filter.range("price").atLeast(2)));
                assertThat(session.facets(without, List.of(dear)).getFirst()).extracting(ValueCount::documents)
                        .containsExactly(1L);
                Facet cheap = new Facet.Ranges("price", List.of(Filter.range("price").below(3)));
                assertThat(session.facets(query, List.of(cheap)).getFirst()).extracting(ValueCount::documents)
                        .containsExactly(1L);
            }
        }
    }

    private static List<String> ids(List<Candidate> candidates) {
        return candidates.stream().map(candidate -> candidate.key().id()).distinct().sorted().toList();
    }

    private CandidateQuery filtered(IndexSession session, SearchMode mode, String text, Filter filter) {
        return query(mode, mode == SearchMode.VECTOR ? "" : text, mode == SearchMode.TEXT ? null : x(),
                mode == SearchMode.VECTOR ? TextStatistics.NONE : statistics(session, text), 10_000).filter(filter);
    }
}
