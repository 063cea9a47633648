package io.croft.pg.content;

import io.croft.InvalidInputException;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.intake.IngestCounts;
import io.croft.intake.IngestStatus.Failure;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.pg.notify.Announcer;
import io.croft.pg.queue.PgJobStore;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.ForeignKeyException;
import io.croft.pg.tx.Refusals;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import io.croft.pg.tx.Tx;
import io.croft.search.Source;
import io.croft.spi.Blob;
import io.croft.spi.Chunk;
import io.croft.spi.Content;
import io.croft.spi.InputStore;
import io.croft.spi.JobLease;
import io.croft.spi.Sight;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Inputs beside the documents and listings that they are revisions of. Locks are taken in the order that all of the
 * store keeps: the document's row, its input, the job's run.
 */
public final class PgInputStore implements InputStore {

    private static final HexFormat HEX = HexFormat.of();

    private final Transactions transactions;
    private final PgJobStore jobs;
    private final Announcer announcer;

    public PgInputStore(Transactions transactions, PgJobStore jobs, Announcer announcer) {
        this.announcer = announcer;
        this.transactions = transactions;
        this.jobs = jobs;
    }

    @Override
    public Accepted accept(OrgId org, Input input, JobKind kind, Optional<String> key, Sight sight) {
        String id = input.content().id();
        Optional<InputRow> newest = row(org, input.source(), id, sight);
        if (newest.isPresent() && newest.get().says(input.hash())) {
            return newest.get().unchanged();
        }
        try {
            Accepted accepted = transactions.run(Access.tenant(org), tx -> accept(tx, org, input, kind, key, sight));
            if (Narrowing.isOf(List.of(input.content()))) {
                announcer.changed();
            }
            return accepted;
        } catch (KnownKeyException e) {
            return revision(org, e.job).filter(known -> known.source() == input.source() && known.id().equals(id))
                    .flatMap(known -> row(org, input.source(), id, sight))
                    .filter(row -> row.progress().step() != Step.DELETED).map(InputRow::unchanged)
                    .orElseThrow(() -> new InvalidInputException("the idempotency key of \""
                            + id + "\" was used for something else, or too long ago to tell: give each input a key of "
                            + "its own"));
        } catch (ForeignKeyException e) {
            throw Refusals.unknown(org); // erased between two statements
        }
    }

    /** What the input was that a job was enqueued for; empty if the job is past its retention. */
    private Optional<Json.Revision> revision(OrgId org, long job) {
        return transactions.query(Access.tenant(org), InputSql.PAYLOAD, p -> p.org(org).int8(job).org(org).int8(job),
                Rows.one(row -> Optional.ofNullable(row.getString("payload")))).map(Json::readRevision);
    }

    private Accepted accept(Tx tx, OrgId org, Input input, JobKind kind, Optional<String> key, Sight sight)
            throws SQLException {
        String id = input.content().id();
        Put put = put(tx, org, input, sight);
        keep(tx, org, input, put.revision());
        if (input.file().isEmpty()) { // else it is for its groups when it has been read
            Narrowing.narrow(tx, org, input.source(), List.of(input.content()));
        }
        List<Json.Revision> revisions = List.of(new Json.Revision(input.source(), id, put.revision()));
        JobRequest request = JobRequest.of(kind, Json.write(revisions.getFirst()));
        List<JobReceipt> receipts = jobs.enqueueIn(tx, org, List.of(key.map(request::withKey).orElse(request)));
        if (receipts.getFirst().duplicate()) {
            throw new KnownKeyException(receipts.getFirst().id());
        }
        tx.updateAndCommit(ContentPut.setJobs(ContentSql.of(input.source()), org, revisions, receipts),
                put.usage().adding(org));
        return new Accepted(put.revision(), Optional.of(receipts.getFirst().id()), false);
    }

    @Override
    public Accepted load(OrgId org, Input input, String modelId, List<Chunk> chunks, Sight sight) {
        ChunkWriter.check(modelId, chunks);
        Optional<InputRow> newest = row(org, input.source(), input.content().id(), sight);
        if (newest.isPresent() && newest.get().says(input.hash())) {
            return newest.get().unchanged();
        }
        try {
            Accepted loaded = transactions.run(Access.tenant(org), tx -> load(tx, org, input, modelId, chunks, sight));
            announcer.changed();
            return loaded;
        } catch (ForeignKeyException e) {
            throw Refusals.unknown(org); // erased between two statements
        }
    }

    private static Accepted load(Tx tx, OrgId org, Input input, String modelId, List<Chunk> chunks, Sight sight)
            throws SQLException {
        ContentSql sql = ContentSql.of(input.source());
        String id = input.content().id();
        Put put = put(tx, org, input, sight);
        keep(tx, org, input, put.revision());
        long bytesBefore = tx.query(sql.lock, p -> p.org(org).text(id), Rows.one(row -> row.getLong("written_bytes")));
        int gone = tx.update(sql.deleteChunks, p -> p.org(org).text(id));
        ChunkWriter.add(tx, sql, org, id, put.revision(), modelId, chunks);
        long bytes = ChunkWriter.bytes(chunks);
        int logged = tx.updateAndCommit(
                new Tx.Step(sql.log, p -> p.org(org).text(id)),
                new Tx.Step(sql.setWritten, p -> p.int8(bytes).org(org).text(id)),
                put.usage().plus(new OrgUsage(input.source(), 0, chunks.size() - gone, bytes - bytesBefore))
                        .adding(org));
        PgContentStore.requireLogged(org, logged);
        return new Accepted(put.revision(), Optional.empty(), false);
    }

    private static void keep(Tx tx, OrgId org, Input input, long revision) throws SQLException {
        InputSql sql = InputSql.of(input.source());
        Content content = input.content();
        byte[] hash = HEX.parseHex(input.hash());
        if (input.file().isEmpty()) {
            tx.update(sql.keepText, p -> p.org(org).text(content.id()).int8(revision).bytes(hash));
            return;
        }
        File file = input.file().get();
        tx.update(sql.keepFile, p -> p.org(org).text(content.id()).int8(revision).bytes(hash)
                .bytes(HEX.parseHex(file.blob().key())).int8(file.blob().bytes()).text(file.name())
                .text(file.type().orElse(null)).text(content.title()).text(Json.write(content.fields()))
                .text(Groups.write(content.groups())));
    }

    private static Put put(Tx tx, OrgId org, Input input, Sight sight) throws SQLException {
        Content content = input.content();
        Rows<Optional<Put>> revision = Rows.first(row -> new Put(row.getLong("revision"),
                new OrgUsage(input.source(), row.getBoolean("is_new") ? 1 : 0, 0, row.getLong("grown"))));
        Optional<Put> put = input.file().isPresent()
                ? tx.query(InputSql.of(input.source()).putUnread, p -> p.text(content.id())
                        .text(Groups.write(content.groups())).org(org)
                        .textsOrNull(Groups.of(sight)), revision)
                : tx.query(ContentSql.of(input.source()).put, p -> p.texts(List.of(content.id()))
                        .array("int4", List.of(1), one -> one).texts(List.of(content.title()))
                        .texts(List.of(content.text())).texts(List.of(Json.write(content.fields())))
                        .array("text", List.of(content), one -> Groups.write(one.groups())).org(org)
                        .textsOrNull(Groups.of(sight)), revision);
        if (put.isEmpty()) {
            throw ContentPut.refused(tx, org, content.id());
        }
        return put.get();
    }

    @Override
    public Optional<Pending> pending(OrgId org, String payload) {
        Json.Revision wanted = Json.readRevision(payload);
        return transactions.query(Access.tenant(org), InputSql.of(wanted.source()).pending, p -> p.org(org)
                .text(wanted.id()).int8(wanted.revision()).org(org), rows -> {
                    if (!rows.next()) {
                        throw Refusals.unknown(org);
                    }
                    return rows.getObject("revision", Long.class) == null
                            ? Optional.empty()
                            : Optional.of(readPending(wanted, rows));
                });
    }

    private static Pending readPending(Json.Revision wanted, ResultSet row) throws SQLException {
        File file = new File(new Blob(HEX.formatHex(row.getBytes("blob")), row.getLong("bytes")), row.getString("name"),
                Optional.ofNullable(row.getString("type")));
        return new Pending(wanted.source(), wanted.revision(), file,
                new Content(wanted.id(), row.getString("title"), "",
                        Json.readFields(row.getString("fields")), Groups.read(row.getString("groups"))));
    }

    @Override
    public boolean read(JobLease lease, Pending pending, Content content, Optional<String> note, JobKind next) {
        ContentSql sql = ContentSql.of(pending.source());
        InputSql inputs = InputSql.of(pending.source());
        boolean current = ifCurrent(lease, pending, tx -> {
            long grown = tx.query(inputs.setText, p -> p.text(content.title()).text(content.text())
                    .text(Json.write(content.fields())).text(Groups.write(content.groups())).org(lease.org())
                    .text(content.id()),
                    Rows.one(row -> row.getLong("grown")));
            Narrowing.narrow(tx, lease.org(), pending.source(), List.of(content));
            List<Json.Revision> revisions =
                    List.of(new Json.Revision(pending.source(), content.id(), pending.revision()));
            List<JobReceipt> receipts = jobs.enqueueIn(tx, lease.org(),
                    List.of(JobRequest.of(next, Json.write(revisions.getFirst()))));
            tx.updateAndCommit(
                    new Tx.Step(inputs.setRead,
                            p -> p.text(note.orElse(null)).org(lease.org()).text(content.id())
                                    .int8(pending.revision())),
                    ContentPut.setJobs(sql, lease.org(), revisions, receipts), jobs.finish(lease),
                    new OrgUsage(pending.source(), 0, 0, grown).adding(lease.org()));
        });
        if (current && Narrowing.isOf(List.of(content))) {
            announcer.changed();
        }
        return current;
    }

    @Override
    public boolean recognise(JobLease lease, Pending pending, JobKind next) {
        ContentSql sql = ContentSql.of(pending.source());
        String id = pending.content().id();
        return ifCurrent(lease, pending, tx -> {
            List<Json.Revision> revisions = List.of(new Json.Revision(pending.source(), id, pending.revision()));
            List<JobReceipt> receipts = jobs.enqueueIn(tx, lease.org(),
                    List.of(JobRequest.of(next, Json.write(revisions.getFirst()))));
            tx.updateAndCommit(
                    new Tx.Step(InputSql.of(pending.source()).setScanned,
                            p -> p.org(lease.org()).text(id).int8(pending.revision())),
                    ContentPut.setJobs(sql, lease.org(), revisions, receipts), jobs.finish(lease));
        });
    }

    @Override
    public boolean fail(JobLease lease, Pending pending, Failure failure) {
        return ifCurrent(lease, pending, tx -> tx.updateAndCommit(
                new Tx.Step(InputSql.of(pending.source()).setFailed, p -> p.text(failure.reason())
                        .text(failure.remedy()).org(lease.org()).text(pending.content().id()).int8(pending.revision())),
                jobs.finish(lease)));
    }

    /** Under the lock of the document's row, which holds its revision until the end. */
    private boolean ifCurrent(JobLease lease, Pending pending, Write write) {
        String id = pending.content().id();
        return transactions.run(Access.tenant(lease.org()), tx -> {
            boolean current = tx.query(ContentSql.of(pending.source()).lock, p -> p.org(lease.org()).text(id),
                    rows -> rows.next() && rows.getLong("revision") == pending.revision()
                            && !rows.getBoolean("deleted"));
            if (current) {
                write.in(tx);
            } else {
                tx.updateAndCommit(jobs.finish(lease));
            }
            return current;
        });
    }

    @Override
    public Optional<Progress> progress(OrgId org, Source source, String id, Sight sight) {
        return row(org, source, id, sight).map(InputRow::progress);
    }

    private Optional<InputRow> row(OrgId org, Source source, String id, Sight sight) {
        return transactions.query(Access.tenant(org), InputSql.of(source).progress,
                p -> p.org(org).text(id).textsOrNull(Groups.of(sight)).org(org),
                rows -> {
                    if (!rows.next()) {
                        throw Refusals.unknown(org);
                    }
                    return rows.getObject("revision", Long.class) == null
                            ? Optional.empty()
                            : Optional.of(InputRow.read(id, rows));
                });
    }

    @Override
    public Reembedded reembed(OrgId org, Source source, String modelId, Optional<String> after, int limit,
            JobKind kind) {
        Refusals.requireBatch("documents", limit, MAX_KEYS);
        ContentSql sql = ContentSql.of(source);
        return transactions.run(Access.tenant(org), tx -> {
            List<Json.Revision> page = tx.query(InputSql.of(source).outdatedPage,
                    p -> p.org(org).text(after.orElse("")).org(org).text(modelId).org(org).int4(limit),
                    Rows.list(row -> new Json.Revision(source, row.getString("id"), row.getLong("revision"))));
            if (page.isEmpty()) {
                return new Reembedded(0, Optional.empty());
            }
            List<JobReceipt> receipts = jobs.enqueueIn(tx, org,
                    page.stream().map(one -> JobRequest.of(kind, Json.write(one))).toList());
            tx.updateAndCommit(ContentPut.setJobs(sql, org, page, receipts));
            return new Reembedded(page.size(), Optional.of(page.getLast().id()));
        });
    }

    @Override
    public long outdated(OrgId org, Source source, String modelId) {
        return transactions.query(Access.tenant(org), InputSql.of(source).outdated,
                p -> p.org(org).org(org).text(modelId), Rows.one(row -> row.getLong(1)));
    }

    @Override
    public IngestCounts counts(OrgId org, Source source) {
        return transactions.query(Access.tenant(org), InputSql.of(source).counts, p -> p.org(org),
                Rows.one(row -> new IngestCounts(row.getLong("extracting"), row.getLong("recognising"),
                        row.getLong("embedding"),
                        row.getLong("indexed"), row.getLong("failed"))));
    }

    @Override
    public Set<String> unused(Org org, Collection<String> keys) {
        if (keys.isEmpty()) {
            return Set.of();
        }
        Refusals.requireBatch("keys", keys.size(), MAX_KEYS);
        byte[][] hashes = keys.stream().map(key -> HEX.parseHex(Blob.checkKey(key))).toArray(byte[][]::new);
        return transactions.run(Access.tenant(org.id()), tx -> {
            for (Source source : Source.values()) {
                tx.update(InputSql.of(source).forgetSuperseded, p -> p.org(org.id()).org(org.id()).org(org.id()));
            }
            return new TreeSet<>(tx.query(InputSql.UNUSED, p -> p.byteas(hashes).org(org.id()),
                    Rows.list(row -> HEX.formatHex(row.getBytes("key")))));
        });
    }

    /**
     * What a put made.
     *
     * @param revision the revision
     * @param usage    what came
     */
    private record Put(long revision, OrgUsage usage) {
    }

    /** The job's key is known: nothing of the transaction is to stay. */
    private static final class KnownKeyException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final long job;

        KnownKeyException(JobId job) {
            super("the key is known", null, false, false);
            this.job = job.value();
        }
    }

    /** The end of a transaction, which it commits. */
    @FunctionalInterface
    private interface Write {

        void in(Tx tx) throws SQLException;
    }
}
