package io.croft.pg;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.Actor;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.analytics.TextRetention;
import io.croft.intake.Crawl;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobSchedule;
import io.croft.job.LaneLimits;
import io.croft.job.RetryPolicy;
import io.croft.search.SearchMode;
import io.croft.search.Source;
import io.croft.spi.AttemptBatch;
import io.croft.spi.AttemptBatch.OrgCounts;
import io.croft.spi.Blob;
import io.croft.spi.Chunk;
import io.croft.spi.Content;
import io.croft.spi.ContentStore.Pending;
import io.croft.spi.ContentStore.Stored;
import io.croft.spi.CrawlFrontier.Kind;
import io.croft.spi.CrawlFrontier.Target;
import io.croft.spi.InputStore;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Outcome;
import io.croft.spi.KindCounts;
import io.croft.spi.LatencyHistogram;
import io.croft.spi.ScheduleStore;
import io.croft.spi.SearchBatch;
import io.croft.spi.SearchBatch.HourCounts;
import io.croft.spi.SearchBatch.TextCount;
import io.croft.spi.SearchCounts;
import io.croft.spi.contract.Await;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** Short words for filling a store, with a queue of its own. Thread-safe. */
public final class TestContent {

    static final Duration LEASE = Duration.ofMinutes(5);

    private final PgStore store;
    private final JobKind kind;
    private final Map<JobId, ClaimedJob> claimed = new ConcurrentHashMap<>();

    public TestContent(PgStore store) {
        this.store = store;
        String queue = "q-" + UUID.randomUUID();
        this.kind = JobKind.of("test.embed", queue).withRetry(RetryPolicy.fixed(Duration.ZERO).withMaxAttempts(1));
        store.jobs().registerQueue(queue);
    }

    /** Stores a new revision of a private document that is to be read from a file. */
    void file(OrgId org, String id, Blob blob) {
        store.inputs().accept(org, new InputStore.Input(Source.PRIVATE, blob.key(),
                Optional.of(new InputStore.File(blob, "file.txt", Optional.empty())),
                new Content(id, "", "", Map.of())), kind, Optional.empty());
    }

    /** Spends tokens on embedding. */
    void spent(OrgId org) {
        store.spends().take(org, 7, 100);
    }

    /** Asks for a crawl of a site, of which two pages wait. */
    void crawl(OrgId org) {
        store.crawls().request(org, Crawl.documents("site", "https://example.com/"), kind);
        store.crawls().begin(org, "site", 10);
        store.crawls().offer(org, "site", List.of(new Target("https://example.com/", Kind.PAGE, 0, 0),
                new Target("https://example.com/a", Kind.PAGE, 1, 0)));
    }

    /** Stores a file of the organisation that holds this text. */
    Blob blob(OrgId org, String text) {
        Org life = store.orgs().find(org).orElseThrow();
        try {
            return store.blobs().put(life, new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), 1 << 20);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public JobKind kind() {
        return kind;
    }

    static TenantContext context(OrgId org) {
        return TenantContext.of(org, Actor.superAdmin("test"));
    }

    public OrgId newOrg() {
        OrgId org = OrgId.of(UUID.randomUUID());
        store.orgs().create(context(org));
        store.jobs().setLimits(org, kind.queue(), LaneLimits.maxRunning(10_000));
        return org;
    }

    public Stored put(OrgId org, Source source, String id, String text) {
        return store.content().put(org, source, List.of(new Content(id, "title", text, Map.of("f", "v"))), kind)
                .getFirst();
    }

    public ClaimedJob claim(JobId id) {
        Await.until("job " + id + " is claimed", () -> {
            store.jobs().maintain(1000);
            store.jobs().claim(kind.queue(), 100, "test", LEASE).forEach(job -> claimed.put(job.lease().id(), job));
            return claimed.containsKey(id);
        });
        return Objects.requireNonNull(claimed.remove(id));
    }

    public ClaimedJob claim(Stored stored) {
        return claim(stored.job().orElseThrow());
    }

    public static List<Chunk> chunks(String... texts) {
        List<Chunk> chunks = new ArrayList<>();
        for (String text : texts) {
            chunks.add(new Chunk(chunks.size(), 0, text.length(), text, new float[]{1, 0, 0}));
        }
        return chunks;
    }

    public boolean write(JobLease lease, Pending pending, List<Chunk> chunks) {
        return store.content().writeChunks(lease, pending, "model", chunks);
    }

    public Stored ready(OrgId org, Source source, String id, String text) {
        Stored stored = put(org, source, id, text);
        ClaimedJob job = claim(stored);
        Pending pending = store.content().pending(org, job.payload()).orElseThrow();
        assertThat(write(job.lease(), pending, chunks(text))).isTrue();
        return stored;
    }

    /** One round of a worker: makes searchable what it can claim of this organisation, and leaves others' be. */
    void work(OrgId org) {
        store.jobs().maintain(1000);
        for (ClaimedJob job : store.jobs().claim(kind.queue(), 10, "test", LEASE)) {
            if (job.lease().org().equals(org)) {
                store.content().pending(org, job.payload())
                        .ifPresent(pending -> write(job.lease(), pending, chunks("a", "b", "c")));
            }
        }
    }

    /** Counts a search of the organisation, and keeps its text. */
    void searched(OrgId org, String text) {
        UUID life = store.orgs().find(org).orElseThrow().incarnation();
        store.analytics().setTextRetention(org, TextRetention.KEEP);
        SearchCounts counts = new SearchCounts(1, 0, Map.of(), 0, LatencyHistogram.ofDurations(List.of(Duration.ZERO)),
                Optional.empty(), 0);
        store.analytics().record(new SearchBatch(UUID.randomUUID(), 1,
                List.of(new HourCounts(org, life, Instant.EPOCH, SearchMode.HYBRID, counts)),
                List.of(new TextCount(org, life, LocalDate.EPOCH, text, 1, 0))));
    }

    /** A schedule that is not due for an hour. */
    void scheduled(OrgId org) {
        store.jobs().schedules().put(ScheduleStore.ScheduleId.of(org, "hourly"), JobSchedule.every(Duration.ofHours(1)),
                JobRequest.of(kind, "{}"), (schedule, now) -> new ScheduleStore.Times(now.plusSeconds(3600),
                        now.plusSeconds(3600)));
    }

    /** Counts an attempt of the organisation. */
    void counted(OrgId org) {
        store.jobs().count(new AttemptBatch(UUID.randomUUID(), 1, List.of(new OrgCounts(org,
                store.orgs().find(org).orElseThrow().createdAt(), new KindCounts(kind.queue(), kind.name(), 1, 0, 0,
                        LatencyHistogram.ofDurations(List.of(Duration.ofMillis(3))))))));
    }

    /** A job that has died. */
    JobId deadLetter(OrgId org) {
        JobId id = store.jobs().enqueue(org, List.of(JobRequest.of(kind, "{}"))).getFirst().id();
        store.jobs().finish(List.of(new Completion(claim(id).lease(),
                new Outcome.Failed(Duration.ZERO, "java.io.IOException", "no saddle"))));
        return id;
    }

    /** A job with a key that has completed. */
    JobId keyed(OrgId org) {
        JobId id = store.jobs().enqueue(org, List.of(JobRequest.of(kind, "{}").withKey("k-" + UUID.randomUUID())))
                .getFirst().id();
        store.jobs().finish(List.of(new Completion(claim(id).lease(), new Outcome.Completed(Optional.of("{}")))));
        return id;
    }
}
