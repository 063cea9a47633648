package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.LaneLimits;
import io.croft.job.RetryPolicy;
import io.croft.search.Source;
import io.croft.spi.Chunk;
import io.croft.spi.Content;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.ContentStore;
import io.croft.spi.ContentStore.Pending;
import io.croft.spi.ContentStore.Stored;
import io.croft.spi.IndexScope;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore.ClaimedJob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Short words for what every test of content does. Thread-safe. */
final class ContentSteps {

    static final String MODEL = "test-model";

    private final StoreFixture on;
    private final JobKind kind;
    private final Map<JobId, ClaimedJob> claimed = new ConcurrentHashMap<>();

    ContentSteps(StoreFixture on) {
        this.on = on;
        this.kind = JobKind.of("test.embed", on.queue()).withRetry(RetryPolicy.fixed(Duration.ZERO).withMaxAttempts(2));
    }

    JobKind kind() {
        return kind;
    }

    ContentStore store() {
        return on.store().content();
    }

    /** A new organisation with room for all its jobs at once. */
    OrgId newOrg() {
        OrgId org = on.newOrg();
        on.store().jobs().setLimits(org, on.queue(), LaneLimits.maxRunning(10_000));
        return org;
    }

    static Content content(String id, String text) {
        return new Content(id, "", text, Map.of());
    }

    /** A chunk that is all of a text. */
    static Chunk chunk(int ordinal, String text) {
        int h = text.hashCode();
        float angle = (h & 0xffff) / 65536f;
        return new Chunk(ordinal, 0, text.length(), text,
                new float[]{(float) Math.cos(angle), (float) Math.sin(angle), 0});
    }

    Stored put(OrgId org, Source source, Content content) {
        List<Stored> stored = store().put(org, source, List.of(content), kind);
        assertThat(stored).hasSize(1);
        return stored.getFirst();
    }

    Stored put(OrgId org, String id, String text) {
        return put(org, Source.PRIVATE, content(id, text));
    }

    /** The claimed attempt of this job, when it can be claimed. */
    ClaimedJob claim(JobId id) {
        on.eventually("job " + id + " is claimed", () -> {
            if (!claimed.containsKey(id)) {
                on.store().jobs().maintain(1000);
                on.store().jobs().claim(on.queue(), 100, "contract", Duration.ofMinutes(5))
                        .forEach(job -> claimed.put(job.lease().id(), job));
            }
            return claimed.containsKey(id);
        });
        return Optional.ofNullable(claimed.remove(id)).orElseThrow();
    }

    ClaimedJob claim(Stored stored) {
        return claim(stored.job().orElseThrow());
    }

    /** What the claimed job has to do. */
    Optional<Pending> pending(ClaimedJob job) {
        return store().pending(job.lease().org(), job.payload());
    }

    /** Makes a stored revision searchable, each of these texts as a chunk of its own. */
    boolean write(Stored stored, String... texts) {
        ClaimedJob job = claim(stored);
        List<Chunk> chunks = new ArrayList<>();
        for (String text : texts) {
            chunks.add(chunk(chunks.size(), text));
        }
        return write(job.lease(), pending(job).orElseThrow(), chunks);
    }

    boolean write(JobLease lease, Pending pending, List<Chunk> chunks) {
        return store().writeChunks(lease, pending, MODEL, chunks);
    }

    /** Puts and makes searchable, the text as its only chunk. */
    Stored ready(OrgId org, Source source, Content content) {
        Stored stored = put(org, source, content);
        assertThat(write(stored, content.text())).isTrue();
        return stored;
    }

    Stored ready(OrgId org, String id, String text) {
        return ready(org, Source.PRIVATE, content(id, text));
    }

    /** The current chunks of one document or listing. */
    ContentChunks chunks(IndexScope scope, OrgId org, String id) {
        ContentKey key = new ContentKey(org, id);
        List<ContentChunks> found = store().chunks(scope, List.of(key));
        assertThat(found).hasSize(1);
        assertThat(found.getFirst().key()).isEqualTo(key);
        return found.getFirst();
    }

    /** The texts of the current chunks. */
    List<String> texts(IndexScope scope, OrgId org, String id) {
        return chunks(scope, org, id).chunks().stream().map(Chunk::text).toList();
    }

    /** Everything of a scope, page by page. */
    List<ContentChunks> scan(IndexScope scope, int limit) {
        List<ContentChunks> all = new ArrayList<>();
        Optional<ContentKey> after = Optional.empty();
        for (List<ContentChunks> page = store().scan(scope, after, limit); !page.isEmpty(); page = store().scan(scope,
                after, limit)) {
            assertThat(page).hasSizeLessThanOrEqualTo(limit);
            assertThat(page).as("what has no chunks is not in an index").noneMatch(found -> found.chunks().isEmpty());
            all.addAll(page);
            after = Optional.of(page.getLast().key());
            assertThat(all.size()).as("a scan that does not end").isLessThan(1_000_000);
        }
        return all;
    }

    /** The same as values that can be compared, vectors and all. */
    static List<Object> plain(ContentChunks content) {
        List<Object> plain = new ArrayList<>(List.of(content.key(), content.revision(), content.modelId(),
                content.updatedAt(), content.title(), content.fields(), content.groups()));
        for (Chunk chunk : content.chunks()) {
            plain.add(List.of(chunk.ordinal(), chunk.start(), chunk.end(), chunk.text()));
            for (float value : chunk.vector()) {
                plain.add(value);
            }
        }
        return plain;
    }
}
