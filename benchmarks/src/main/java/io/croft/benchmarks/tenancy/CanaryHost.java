package io.croft.benchmarks.tenancy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.croft.Croft;
import io.croft.Secret;
import io.croft.benchmarks.data.HashEmbedder;
import io.croft.content.Embedder;
import io.croft.content.EmbeddingModel;
import io.croft.ingest.Ingest;
import io.croft.job.JobContext;
import io.croft.job.JobKind;
import io.croft.job.JobResult;
import io.croft.job.RetryPolicy;
import io.croft.lucene.LuceneIndex;
import io.croft.search.Fields;
import io.croft.search.Reranker;
import io.croft.spi.Store;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A host whose own parts fail, and say with what: its handlers, its embedder, its reranker, its functions. */
final class CanaryHost {

    static final String QUEUE = "canary";
    /** A text with this word cannot be embedded. */
    static final String UNEMBEDDABLE = "unembeddable";
    /** The hits of a query with this word cannot be reranked. */
    static final String UNRANKABLE = "unrankable";

    static final JobKind WORK = kind("work", RetryPolicy.attempts(1));
    /** Its handler throws what it works on. */
    static final JobKind FAIL = kind("fail", RetryPolicy.attempts(1));
    /** Its handler returns what cannot be stored. */
    static final JobKind ODD = kind("odd", RetryPolicy.attempts(1));
    /** Its handler cancels its job. */
    static final JobKind CANCEL = kind("cancel", RetryPolicy.attempts(1));
    /** It is retried as a function says that throws what was thrown. */
    static final JobKind UNSURE = kind("unsure", RetryPolicy.custom((attempt, failure) -> {
        throw new IllegalStateException("no idea about " + failure.getMessage(), failure);
    }).withMaxAttempts(1));
    /** Its handler takes long enough for its progress to be told. */
    static final JobKind SLOW = kind("slow", RetryPolicy.attempts(1));
    /** All, the slow one first. */
    static final List<JobKind> KINDS = List.of(SLOW, WORK, FAIL, ODD, CANCEL, UNSURE);

    private static final Duration SLOWLY = Duration.ofSeconds(2);

    private static final JsonMapper JSON = new JsonMapper();

    private CanaryHost() {
    }

    private static JobKind kind(String name, RetryPolicy retry) {
        return JobKind.of("canary." + name, QUEUE).withRetry(retry);
    }

    /** Starts the product as this host does; what it is told goes to the watch. */
    static Croft start(Store store, Path folder, Secret labels, CanaryWatch watch) {
        return Croft.builder().store(store).index(LuceneIndex.at(folder)).embedder(new Fussy())
                .handlers(Ingest.handlers()).reranker(CanaryHost::rerank).hashOrgIdsInLogs(labels)
                .fields(Fields.declare().keyword("owner").keywords("tags").number("price").instant("since")
                        .bool("open"))
                .handler(SLOW, CanaryHost::workSlowly).handler(WORK, CanaryHost::work)
                .handler(FAIL, CanaryHost::fail).handler(UNSURE, CanaryHost::fail)
                .handler(ODD, job -> JobResult.completed("{" + text(job, "result")))
                .handler(CANCEL, job -> JobResult.cancel(text(job, "reason")))
                .maxTextBytes(64 << 10).commitAfter(Duration.ofMillis(50))
                .onCall((operation, outcome, nanos) -> watch.look(CanaryPlace.METRICS, -1, "a call",
                        operation + " " + outcome + " " + nanos))
                .onIndexEvent(event -> watch.look(CanaryPlace.METRICS, -1, "an index event", event.toString()))
                .onDeadLetters(1, (org, queue, dead) -> watch.look(CanaryPlace.METRICS, -1, "an alert",
                        org + " " + queue + " " + dead))
                .start();
    }

    private static JobResult work(JobContext job) throws Exception {
        job.progress(.5, text(job, "progress"));
        return JobResult.completed("{\"result\": \"" + text(job, "result") + "\"}");
    }

    private static JobResult workSlowly(JobContext job) throws Exception {
        JobResult result = work(job);
        TimeUnit.NANOSECONDS.sleep(SLOWLY.toNanos());
        return result;
    }

    private static JobResult fail(JobContext job) throws Exception {
        IllegalStateException failure = new IllegalStateException("cannot do " + job.payload(),
                new IllegalArgumentException(text(job, "error")));
        failure.addSuppressed(new IllegalStateException("and " + text(job, "error")));
        throw failure;
    }

    private static String text(JobContext job, String field) throws Exception {
        JsonNode payload = JSON.readTree(job.payload());
        return payload.path(field).asText();
    }

    private static List<Double> rerank(Reranker.Request request) {
        if (request.text().contains(UNRANKABLE)) {
            throw new IllegalStateException("cannot rank " + DeepText.in(request).content());
        }
        return request.passages().stream().map(passage -> passage.score().value()).toList();
    }

    /** Refuses some texts, and says which. */
    private static final class Fussy implements Embedder {

        private final HashEmbedder embedder = new HashEmbedder();

        @Override
        public EmbeddingModel model() {
            return embedder.model();
        }

        @Override
        public List<float[]> embed(List<String> texts) {
            for (String text : texts) {
                if (text.contains(UNEMBEDDABLE)) {
                    throw new IllegalStateException("cannot embed " + text);
                }
            }
            return embedder.embed(texts);
        }
    }
}
