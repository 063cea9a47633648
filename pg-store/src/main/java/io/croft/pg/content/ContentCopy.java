package io.croft.pg.content;

import io.croft.Org;
import io.croft.OrgId;
import io.croft.job.JobKind;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.pg.queue.PgJobStore;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Refusals;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import io.croft.pg.tx.Tx;
import io.croft.search.Source;
import io.croft.spi.Chunk;
import io.croft.spi.Content;
import io.croft.spi.ContentStore.CopiedPage;
import io.croft.spi.ContentStore.Stored;
import io.croft.spi.Sight;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Copies documents from one organisation to another: read in a transaction as the one, written in a transaction as the
 * other. Row-level security lets no transaction see both.
 */
final class ContentCopy {

    private static final int MAX_DOCUMENTS = 1000;
    /** How much is copied at once, about; a single document may be more. */
    private static final long MAX_PAGE_BYTES = 16 * 1024 * 1024;

    private final Transactions transactions;
    private final PgJobStore jobs;

    ContentCopy(Transactions transactions, PgJobStore jobs) {
        this.transactions = transactions;
        this.jobs = jobs;
    }

    CopiedPage copy(Org from, Org to, Optional<String> after, int limit, JobKind kind, Sight sight) {
        Refusals.requireBatch("documents", limit, MAX_DOCUMENTS);
        List<Copy> page = transactions.query(Access.tenant(from.id()), CopySql.READ, p -> p.org(from.id())
                .uuid(from.incarnation())
                .org(from.id())
                .text(after.orElse(""))
                .textsOrNull(Groups.of(sight))
                .int4(limit)
                .int8(MAX_PAGE_BYTES)
                .org(from.id()), rows -> read(from.id(), rows));
        return page.isEmpty()
                ? CopiedPage.NONE
                : transactions.run(Access.tenant(to.id()), tx -> write(tx, to, page, kind));
    }

    private CopiedPage write(Tx tx, Org target, List<Copy> page, JobKind kind) throws SQLException {
        OrgId to = target.id();
        Map<String, Long> revisions = new HashMap<>();
        long bytes = add(tx, target, page, revisions);
        long chunks = 0;
        List<Json.Revision> waiting = new ArrayList<>();
        Optional<Stored> newest = Optional.empty();
        for (Copy copy : page) {
            Long revision = revisions.get(copy.content().id());
            if (revision != null && copy.chunks().isEmpty()) {
                waiting.add(new Json.Revision(Source.PRIVATE, copy.content().id(), revision));
            } else if (revision != null) {
                addChunks(tx, to, copy, revision);
                chunks += copy.chunks().size();
                newest = Optional.of(new Stored(copy.content().id(), revision, Optional.empty()));
            }
        }
        if (!waiting.isEmpty()) {
            List<JobReceipt> receipts = jobs.enqueueIn(tx, to,
                    waiting.stream().map(one -> JobRequest.of(kind, Json.write(one))).toList());
            tx.update(ContentPut.setJobs(ContentSql.of(Source.PRIVATE), to, waiting, receipts));
        }
        if (!revisions.isEmpty()) {
            tx.update(new OrgUsage(Source.PRIVATE, revisions.size(), chunks, bytes).adding(to));
        }
        return new CopiedPage(revisions.size(), waiting.size(), page.size() - revisions.size(),
                Optional.of(page.getLast().content().id()), newest);
    }

    /** Notes the revision of each that was added, and says how much that was; those whose ids are taken have none. */
    private static long add(Tx tx, Org to, List<Copy> page, Map<String, Long> revisions) throws SQLException {
        long bytes = tx.query(CopySql.ADD, p -> p.array("text", page, copy -> copy.content().id())
                .array("text", page, copy -> copy.content().title())
                .array("text", page, copy -> copy.content().text())
                .array("text", page, copy -> Json.write(copy.content().fields()))
                .array("text", page, copy -> Groups.write(copy.content().groups()))
                .array("timestamptz", page, Copy::putAt)
                .array("int8", page, copy -> copy.chunks().isEmpty() ? null : ChunkWriter.bytes(copy.chunks()))
                .org(to.id())
                .uuid(to.incarnation()), rows -> {
                    long sum = 0;
                    while (rows.next()) {
                        revisions.put(rows.getString("id"), rows.getLong("revision"));
                        sum += rows.getLong("bytes");
                    }
                    return sum;
                });
        if (revisions.isEmpty()
                && !tx.query(CopySql.LIVES, p -> p.org(to.id()).uuid(to.incarnation()), Rows.any())) {
            throw Refusals.unknown(to.id());
        }
        return bytes;
    }

    private static void addChunks(Tx tx, OrgId to, Copy copy, long revision) throws SQLException {
        String id = copy.content().id();
        ContentSql sql = ContentSql.of(Source.PRIVATE);
        ChunkWriter.add(tx, sql, to, id, revision, Objects.requireNonNull(copy.model()), copy.chunks());
        PgContentStore.requireLogged(to, tx.update(sql.log, p -> p.org(to).text(id)));
    }

    private static List<Copy> read(OrgId from, ResultSet rows) throws SQLException {
        List<Copy> page = new ArrayList<>();
        if (!rows.next()) {
            throw Refusals.unknown(from);
        }
        boolean more = rows.getString("id") != null;
        while (more) {
            Content content = new Content(rows.getString("id"), rows.getString("title"), rows.getString("text"),
                    Json.readFields(rows.getString("fields")), Groups.read(rows.getString("groups")));
            OffsetDateTime putAt = rows.getObject("put_at", OffsetDateTime.class);
            String model = rows.getString("model_id");
            List<Chunk> chunks = new ArrayList<>();
            do {
                if (model != null) {
                    chunks.add(new Chunk(rows.getInt("ordinal"), rows.getInt("start_offset"), rows.getInt("end_offset"),
                            rows.getString("chunk_text"), Vectors.fromBytes(rows.getBytes("vector"))));
                }
                more = rows.next();
            } while (more && rows.getString("id").equals(content.id()));
            page.add(new Copy(content, putAt, model, chunks));
        }
        return page;
    }

    /**
     * A document as it was read.
     *
     * @param model  what made the vectors of its chunks; null if there are none
     * @param chunks empty if they are still to be made
     */
    private record Copy(Content content, OffsetDateTime putAt, @Nullable String model, List<Chunk> chunks) {
    }
}
