package io.croft.lucene;

import static io.croft.lucene.Texts.MARKET;
import static io.croft.lucene.Texts.MODEL;
import static io.croft.lucene.Texts.checkpoint;
import static io.croft.lucene.Texts.content;
import static io.croft.lucene.Texts.dot;
import static io.croft.lucene.Texts.find;
import static io.croft.lucene.Texts.having;
import static io.croft.lucene.Texts.ids;
import static io.croft.lucene.Texts.scope;
import static io.croft.lucene.Texts.started;
import static io.croft.lucene.Texts.unit;
import static io.croft.lucene.Texts.vector;
import static io.croft.lucene.Texts.withVector;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.search.Fields;
import io.croft.search.Hit;
import io.croft.search.SearchMode;
import io.croft.spi.ChunkIndex.Standing;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexEvent;
import io.croft.spi.IndexEvent.Step;
import io.croft.spi.IndexSchema;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.IndexSession.Passage;
import io.croft.spi.QueryText;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LuceneIndexTest {

    private static final IndexScope.PrivateIndex ACME = scope("acme");
    private static final OrgId ORG = ACME.org();

    @TempDir
    Path root;

    @Test
    void open_ofAnIndexThatIsNotThere_needsARebuildWithoutAlarm() {
        try (LuceneIndex index = started(root)) {
            Standing standing = index.open(ACME);

            assertThat(standing).isInstanceOfSatisfying(Standing.NeedsRebuild.class,
                    missing -> assertThat(missing.missing()).isTrue());
            assertThatThrownBy(() -> index.session(ACME, Long.MAX_VALUE)).isInstanceOf(CroftException.class)
                    .hasMessageContaining("rebuilt");
            assertThatThrownBy(() -> index.apply(ACME, List.of(), checkpoint("1"))).isInstanceOf(CroftException.class);
        }
    }

    @Test
    void apply_showsAtOnce_andReplacesAllChunksOfADocument() {
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME);

            index.apply(ACME, List.of(content(ORG, "a", 1, "calm horses", "brown saddles", "old bridles"),
                    content(ORG, "b", 1, "calm ponies")), checkpoint("1"));

            assertThat(having(index, ACME, "calm")).containsExactly("a", "b");
            assertThat(having(index, ACME, "saddle")).containsExactly("a");

            index.apply(ACME, List.of(content(ORG, "a", 2, "wild horses")), checkpoint("2"));

            assertThat(having(index, ACME, "calm")).containsExactly("b");
            assertThat(having(index, ACME, "saddle")).isEmpty();
            assertThat(having(index, ACME, "wild")).containsExactly("a");
            try (IndexSession session = index.session(ACME, Long.MAX_VALUE)) {
                assertThat(session.size()).isEqualTo(2);
                assertThat(session.revision(new ContentKey(ORG, "a"))).hasValue(2);
                assertThat(session.revision(new ContentKey(ORG, "none"))).isEmpty();
            }
        }
    }

    @Test
    void apply_withoutChunks_deletes() {
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("0"),
                    List.of(content(ORG, "a", 1, "one"), content(ORG, "b", 1, "one")));

            index.apply(ACME, List.of(ContentChunks.none(new ContentKey(ORG, "a")),
                    ContentChunks.none(new ContentKey(ORG, "never was"))), checkpoint("1"));

            assertThat(having(index, ACME, "one")).containsExactly("b");
            try (IndexSession session = index.session(ACME, Long.MAX_VALUE)) {
                assertThat(session.revision(new ContentKey(ORG, "a"))).isEmpty();
                assertThat(session.size()).isEqualTo(1);
            }
        }
    }

    @Test
    void session_keepsWhatItSaw() {
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("0"), List.of(content(ORG, "a", 1, "before")));

            try (IndexSession session = index.session(ACME, Long.MAX_VALUE)) {
                index.apply(ACME, List.of(content(ORG, "a", 2, "after")), checkpoint("1"));

                assertThat(ids(find(session, SearchMode.TEXT, "before"))).containsExactly("a");
                assertThat(find(session, SearchMode.TEXT, "after")).isEmpty();
            }
            assertThat(having(index, ACME, "after")).containsExactly("a");
        }
    }

    @Test
    void checkpoint_survivesWithExactlyItsDocuments() {
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME);
            index.apply(ACME, List.of(content(ORG, "a", 1, "kept")), checkpoint("5:x"));
            index.commit(ACME);

            assertThat(index.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("5:x")));
        }

        try (LuceneIndex again = started(root)) {
            assertThat(again.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("5:x")));
            assertThat(having(again, ACME, "kept")).containsExactly("a");
        }
    }

    @Test
    void close_commitsWhatWasApplied() {
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME);
            index.apply(ACME, List.of(content(ORG, "a", 1, "kept")), checkpoint("9"));
        }

        try (LuceneIndex again = started(root)) {
            assertThat(again.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("9")));
            assertThat(having(again, ACME, "kept")).containsExactly("a");
        }
    }

    @Test
    void apply_ofNothing_movesTheCheckpoint() {
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME);
            index.apply(ACME, List.of(), checkpoint("77"));
            index.commit(ACME);
        }

        try (LuceneIndex again = started(root)) {
            assertThat(again.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("77")));
        }
    }

    @Test
    void events_tellEachStepInOrder() {
        List<IndexEvent> events = new CopyOnWriteArrayList<>();
        try (LuceneIndex index = LuceneIndex.at(root)) {
            index.start(new IndexSchema(MODEL, Fields.undeclared()), events::add);
            Texts.create(index, ACME);
            index.apply(ACME, List.of(content(ORG, "a", 1, "one")), checkpoint("1"));
            index.commit(ACME);
            index.commit(ACME);
            index.drop(ACME);
            index.drop(ACME);
        }

        assertThat(events).extracting(IndexEvent::step).containsExactly(Step.REBUILT, Step.DOCUMENTS_WRITTEN,
                Step.VISIBLE, Step.COMMIT_PREPARED, Step.COMMITTED, Step.DROPPED);
        assertThat(events).allMatch(event -> event.scope().equals(ACME));
    }

    @Test
    void candidates_haveBothSignalsExactly_whicheverLegFoundThem() {
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("0"), List.of(
                    content(ORG, "word", 1, "needle in hay"),
                    content(ORG, "both", 1, "needle"),
                    content(ORG, "meaning", 1, "pin"),
                    content(ORG, "neither", 1, "cow")));
            float[] query = vector("needle");

            try (IndexSession session = index.session(ACME, Long.MAX_VALUE)) {
                List<Candidate> found = find(session, SearchMode.HYBRID, "needle", query, 100);

                assertThat(ids(found)).containsExactly("both", "meaning", "neither", "word");
                for (Candidate candidate : found) {
                    String text =
                            session.passages(List.of(candidate), QueryText.of(""), Long.MAX_VALUE).getFirst().snippet();
                    assertThat((double) candidate.cosine()).isCloseTo(dot(query, vector(text)), within(1e-6));
                    assertThat(candidate.bm25() > 0).isEqualTo(text.contains("needle"));
                }
                assertThat(find(session, SearchMode.TEXT, "needle")).allMatch(candidate -> candidate.cosine() == 0);
                assertThat(find(session, SearchMode.VECTOR, "needle", query, 100)).hasSize(4)
                        .allMatch(candidate -> candidate.bm25() == 0);
            }
        }
    }

    @Test
    void candidates_areAtMostSoManyOfEachLeg_theBest() {
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("0"), List.of(
                    content(ORG, "a", 1, "red"), content(ORG, "b", 1, "red red red"), content(ORG, "c", 1, "blue")));

            try (IndexSession session = index.session(ACME, Long.MAX_VALUE)) {
                assertThat(ids(find(session, SearchMode.TEXT, "red", 1))).containsExactly("b");
                assertThat(ids(find(session, SearchMode.VECTOR, "blue", 1))).containsExactly("c");
                assertThat(ids(find(session, SearchMode.HYBRID, "red", vector("blue"), 1))).containsExactly("b", "c");
            }
        }
    }

    @Test
    void title_isSearchedWithEveryChunk() {
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("0"),
                    List.of(content(ORG, "a", 1, "Handbook of saddlery", Map.of(), "one", "two", "three")));

            try (IndexSession session = index.session(ACME, Long.MAX_VALUE)) {
                assertThat(find(session, SearchMode.TEXT, "saddlery")).extracting(Candidate::ordinal)
                        .containsExactly(0, 1, 2);
                Candidate second = find(session, SearchMode.TEXT, "saddlery two").stream()
                        .max((a, b) -> Float.compare(a.bm25(), b.bm25())).orElseThrow();
                assertThat(second.ordinal()).isEqualTo(1);
            }
        }
    }

    @Test
    void passages_bringTitleFieldsAndSnippet() {
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("0"), List.of(content(ORG, "a", 1, "Tïtle 馬",
                    Map.of("price", "12", "colour", "bay"), "A calm horse\n for a tall rider.")));

            try (IndexSession session = index.session(ACME, Long.MAX_VALUE)) {
                List<Candidate> found = find(session, SearchMode.HYBRID, "rider");

                assertThat(session.passages(found, QueryText.of("rider"), Long.MAX_VALUE))
                        .containsExactly(new Passage("Tïtle 馬",
                                "A calm horse for a tall rider.", List.of(new Hit.Range(24, 29)),
                                Map.of("price", "12", "colour", "bay")));
            }
        }
    }

    @Test
    void marketplace_holdsTheSameIdOfSeveralPublishers() {
        OrgId other = OrgId.named("other");
        try (LuceneIndex index = started(root)) {
            Texts.create(index, MARKET, checkpoint("0"),
                    List.of(content(ORG, "same", 1, "ours to sell"), content(other, "same", 4, "theirs to sell")));

            index.apply(MARKET, List.of(content(ORG, "same", 2, "ours for sale")), checkpoint("1"));

            try (IndexSession session = index.session(MARKET, Long.MAX_VALUE)) {
                assertThat(find(session, SearchMode.TEXT, "sell")).extracting(Candidate::key)
                        .containsExactly(new ContentKey(other, "same"));
                assertThat(find(session, SearchMode.TEXT, "sale")).extracting(Candidate::key)
                        .containsExactly(new ContentKey(ORG, "same"));
                assertThat(session.revision(new ContentKey(ORG, "same"))).hasValue(2);
                assertThat(session.revision(new ContentKey(other, "same"))).hasValue(4);
            }
        }
    }

    @Test
    void apply_ofAnotherOrganisationsDocument_isRefusedAndNothingIsApplied() {
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME);

            assertThatThrownBy(() -> index.apply(ACME,
                    List.of(content(ORG, "mine", 1, "word"), content(OrgId.named("other"), "theirs", 1, "word")),
                    checkpoint("1"))).isInstanceOf(InvalidInputException.class).hasMessageContaining("theirs");

            assertThat(having(index, ACME, "word")).isEmpty();
            assertThat(index.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("")));
        }
    }

    @Test
    void apply_ofABadVector_namesTheDocumentAndAppliesNothing() {
        float[] nan = vector("x");
        nan[3] = Float.NaN;
        float[] infinite = vector("x");
        infinite[0] = Float.POSITIVE_INFINITY;
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME);

            for (float[] bad : List.of(nan, infinite)) {
                assertThatThrownBy(() -> index.apply(ACME,
                        List.of(content(ORG, "good", 1, "word"), withVector(ORG, "bad", MODEL.id(), bad)),
                        checkpoint("1"))).isInstanceOf(InvalidInputException.class).hasMessageContaining("\"bad\"");
            }

            assertThat(having(index, ACME, "word")).isEmpty();
            index.apply(ACME, List.of(content(ORG, "good", 1, "word")), checkpoint("1"));
            assertThat(having(index, ACME, "word")).containsExactly("good");
        }
    }

    @Test
    void apply_ofVectorsThatAreNotUnitOrHaveNoDirection_keepsCosinesTrue() {
        float[] unit = vector("x");
        float[] tripled = unit.clone();
        for (int i = 0; i < tripled.length; i++) {
            tripled[i] *= 3;
        }
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME, checkpoint("0"), List.of(withVector(ORG, "tripled", MODEL.id(), tripled),
                    withVector(ORG, "zero", MODEL.id(), new float[MODEL.dimensions()])));

            try (IndexSession session = index.session(ACME, Long.MAX_VALUE)) {
                List<Candidate> found = find(session, SearchMode.HYBRID, "text", unit, 10);

                assertThat(found).hasSize(2);
                assertThat(found.get(0).cosine()).isCloseTo(1f, within(1e-5f));
                assertThat(found.get(1).cosine()).isZero();
            }
        }
    }

    @Test
    void chunksOfAnotherModel_areFoundByTheirWordsAlone() {
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME);
            index.apply(ACME, List.of(withVector(ORG, "old", "another-model", new float[]{1, 0, 0}),
                    content(ORG, "new", 1, "text new")), checkpoint("1"));

            try (IndexSession session = index.session(ACME, Long.MAX_VALUE)) {
                assertThat(ids(find(session, SearchMode.VECTOR, "text"))).containsExactly("new");
                assertThat(find(session, SearchMode.HYBRID, "old text"))
                        .filteredOn(candidate -> candidate.key().id().equals("old"))
                        .allMatch(candidate -> candidate.cosine() == 0 && candidate.bm25() > 0).hasSize(1);
            }
        }
    }

    @Test
    void chunksWithVectorsOfAnotherLength_areFoundByTheirWordsAlone_alsoAfterARebuild() {
        List<ContentChunks> contents = List.of(withVector(ORG, "shorter", MODEL.id(), new float[]{1, 0, 0}),
                withVector(ORG, "longer", MODEL.id(), unit(new Random(1), MODEL.dimensions() + 1)),
                content(ORG, "right", 1, "text right"));
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME);
            index.apply(ACME, contents, checkpoint("1"));
            assertFoundByWordsAlone(index);

            Texts.create(index, ACME, checkpoint("1"), contents);
            assertFoundByWordsAlone(index);
        }
    }

    private static void assertFoundByWordsAlone(LuceneIndex index) {
        try (IndexSession session = index.session(ACME, Long.MAX_VALUE)) {
            assertThat(ids(find(session, SearchMode.VECTOR, "text"))).containsExactly("right");
            assertThat(ids(find(session, SearchMode.TEXT, "text"))).containsExactly("longer", "right", "shorter");
        }
    }

    @Test
    void session_thatIsClosed_refuses() {
        try (LuceneIndex index = started(root)) {
            Texts.create(index, ACME);
            IndexSession session = index.session(ACME, Long.MAX_VALUE);
            session.close();
            session.close();

            assertThatThrownBy(session::size).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> session.statistics(QueryText.of("x"))).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void index_thatIsNotStartedOrClosed_refuses() {
        LuceneIndex index = LuceneIndex.at(root);
        assertThatThrownBy(() -> index.open(ACME)).isInstanceOf(IllegalStateException.class);
        index.start(new IndexSchema(MODEL, Fields.undeclared()), event -> {
        });
        assertThatThrownBy(() -> index.start(new IndexSchema(MODEL, Fields.undeclared()), event -> {
        })).isInstanceOf(IllegalStateException.class);

        index.close();
        index.close();

        assertThatThrownBy(() -> index.open(ACME)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> index.session(ACME, Long.MAX_VALUE)).isInstanceOf(IllegalStateException.class);
    }
}
