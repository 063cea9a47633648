package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.content.EmbeddingModel;
import io.croft.search.Fields;
import io.croft.search.SearchMode;
import io.croft.spi.Checkpoint;
import io.croft.spi.Chunk;
import io.croft.spi.ChunkIndex;
import io.croft.spi.ChunkIndex.Rebuild;
import io.croft.spi.ChunkIndex.Standing;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexEvent;
import io.croft.spi.IndexSchema;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.IndexSession.CandidateQuery;
import io.croft.spi.IndexSession.Passage;
import io.croft.spi.QueryText;
import io.croft.spi.TextStatistics;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Short words for what every test of an index does. The words of the texts survive any analysis of English as they are.
 */
interface IndexFixture {

    EmbeddingModel MODEL = new EmbeddingModel("test-model", 4, 0.1);
    Fields FIELDS = Fields.declare().keyword("kind").keywords("tags").number("price").instant("seen").bool("sold")
            .stored("note");
    IndexScope MARKET = new IndexScope.MarketIndex();

    /** The index under test, started with {@link #MODEL} and {@link #FIELDS}. */
    ChunkIndex index();

    /** Closes the index, opens it again on the same storage and starts it with this schema. */
    void reopen(IndexSchema schema);

    /** Closes the index, opens it again on the same storage and starts it with this model. */
    default void reopen(EmbeddingModel model) {
        reopen(new IndexSchema(model, FIELDS));
    }

    /** What the index told of its steps, in order. */
    List<IndexEvent> events();

    /** Tells somebody else of them too, on the thread that takes the step. */
    void listen(Consumer<IndexEvent> listener);

    default IndexScope.PrivateIndex newScope() {
        return new IndexScope.PrivateIndex(OrgId.of(UUID.randomUUID()), UUID.randomUUID());
    }

    /** A new index that holds these. */
    default void build(IndexScope scope, ContentChunks... documents) {
        build(scope, new Checkpoint("built"), documents);
    }

    default void build(IndexScope scope, Checkpoint checkpoint, ContentChunks... documents) {
        try (Rebuild rebuild = index().rebuild(scope)) {
            rebuild.add(List.of(documents));
            rebuild.finish(checkpoint);
        }
    }

    /** A new scope with an index that holds these documents. */
    default IndexScope.PrivateIndex built(ContentChunks... documents) {
        IndexScope.PrivateIndex scope = newScope();
        build(scope, documents);
        return scope;
    }

    default void apply(IndexScope scope, ContentChunks... changes) {
        index().apply(scope, List.of(changes), new Checkpoint("applied"));
    }

    default void assertReady(IndexScope scope, String checkpoint) {
        assertThat(index().open(scope)).isEqualTo(new Standing.Ready(new Checkpoint(checkpoint)));
    }

    /** A document of one chunk. */
    default ContentChunks document(OrgId org, String id, String text, float... vector) {
        return document(org, id, 1, new Chunk(0, 0, text.length(), text, vector));
    }

    default ContentChunks document(OrgId org, String id, long revision, Chunk... chunks) {
        return new ContentChunks(new ContentKey(org, id), revision, MODEL.id(), Instant.EPOCH.plusSeconds(revision), "",
                Map.of("owner", org.toString()), List.of(chunks));
    }

    /** The chunks of a document, one for each text, all with the same vector. */
    default Chunk[] chunks(String... texts) {
        Chunk[] chunks = new Chunk[texts.length];
        Arrays.setAll(chunks, i -> new Chunk(i, 0, texts[i].length(), texts[i], x()));
        return chunks;
    }

    default float[] x() {
        return new float[]{1, 0, 0, 0};
    }

    default float[] y() {
        return new float[]{0, 1, 0, 0};
    }

    default CandidateQuery query(SearchMode mode, String text, float @Nullable [] vector, TextStatistics statistics,
            int perLeg) {
        return new CandidateQuery(mode, QueryText.of(text), vector, statistics, perLeg,
                System.nanoTime() + Duration.ofSeconds(30).toNanos());
    }

    default TextStatistics statistics(IndexSession session, String text) {
        return session.statistics(QueryText.of(text));
    }

    default List<Passage> passages(IndexSession session, List<Candidate> candidates, String text) {
        return session.passages(candidates, QueryText.of(text), Long.MAX_VALUE);
    }

    default List<Candidate> byText(IndexSession session, String text) {
        return session.candidates(query(SearchMode.TEXT, text, null, statistics(session, text), 10_000));
    }

    default List<Candidate> byVector(IndexSession session, float... vector) {
        return session.candidates(query(SearchMode.VECTOR, "", vector, TextStatistics.NONE, 10_000));
    }

    default List<Candidate> hybrid(IndexSession session, String text, float... vector) {
        return session.candidates(query(SearchMode.HYBRID, text, vector, statistics(session, text), 10_000));
    }

    /** The ids of the documents that these words find, each once, sorted. */
    default List<String> found(IndexScope scope, String text) {
        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            return byText(session, text).stream().map(candidate -> candidate.key().id()).distinct().sorted().toList();
        }
    }

    default int size(IndexScope scope) {
        try (IndexSession session = index().session(scope, Long.MAX_VALUE)) {
            return session.size();
        }
    }

    default Candidate only(List<Candidate> candidates, String id) {
        List<Candidate> found = candidates.stream().filter(candidate -> candidate.key().id().equals(id)).toList();
        assertThat(found).as("candidates of " + id).hasSize(1);
        return found.getFirst();
    }
}
