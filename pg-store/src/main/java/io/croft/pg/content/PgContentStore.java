package io.croft.pg.content;

import io.croft.Org;
import io.croft.OrgId;
import io.croft.content.ContentStatus;
import io.croft.job.JobKind;
import io.croft.pg.notify.Announcer;
import io.croft.pg.queue.PgJobStore;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.ForeignKeyException;
import io.croft.pg.tx.Refusals;
import io.croft.pg.tx.Transactions;
import io.croft.pg.tx.Tx;
import io.croft.search.Source;
import io.croft.spi.Chunk;
import io.croft.spi.Content;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.ContentStore;
import io.croft.spi.IndexScope;
import io.croft.spi.JobLease;
import io.croft.spi.Sight;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Documents and listings. Single ones here; batches, chunks and their reading in the classes beside it. */
public final class PgContentStore implements ContentStore {

    private final Transactions transactions;
    private final Announcer announcer;
    private final ContentPut put;
    private final ChunkWriter writer;
    private final ChunkReader reader;
    private final ContentCopy copy;
    private final ContentExport export;

    public PgContentStore(Transactions transactions, PgJobStore jobs, Announcer announcer) {
        this.announcer = announcer;
        this.transactions = transactions;
        this.put = new ContentPut(transactions, jobs);
        this.writer = new ChunkWriter(transactions, jobs);
        this.reader = new ChunkReader(transactions);
        this.copy = new ContentCopy(transactions, jobs);
        this.export = new ContentExport(transactions);
    }

    @Override
    public List<Stored> put(OrgId org, Source source, List<Content> items, JobKind kind, Sight sight) {
        try {
            List<Stored> stored = put.put(org, source, items, kind, sight);
            if (Narrowing.isOf(items)) {
                announcer.changed();
            }
            return stored;
        } catch (ForeignKeyException e) {
            throw Refusals.unknown(org); // erased between two statements
        }
    }

    @Override
    public Optional<Stored> delete(OrgId org, Source source, String id, Sight sight) {
        Optional<Stored> deleted = deleteNow(org, source, id, sight);
        if (deleted.isPresent()) {
            announcer.changed();
        }
        return deleted;
    }

    private Optional<Stored> deleteNow(OrgId org, Source source, String id, Sight sight) {
        ContentSql sql = ContentSql.of(source);
        return transactions.run(Access.tenant(org), tx -> {
            Optional<Deleted> deleted = tx.query(sql.delete,
                    p -> p.org(org).org(org).text(id).textsOrNull(Groups.of(sight)).org(org), rows -> {
                        if (!rows.next()) {
                            throw Refusals.unknown(org);
                        }
                        return rows.getObject("revision", Long.class) == null
                                ? Optional.empty()
                                : Optional.of(new Deleted(rows.getLong("revision"), rows.getLong("bytes")));
                    });
            if (deleted.isEmpty()) {
                return Optional.empty();
            }
            int chunks = tx.update(sql.deleteChunks, p -> p.org(org).text(id));
            tx.update(InputSql.of(source).forget, p -> p.org(org).text(id));
            int logged = tx.updateAndCommit(new Tx.Step(sql.log, p -> p.org(org).text(id)),
                    new OrgUsage(source, -1, -chunks, -deleted.get().bytes()).adding(org));
            requireLogged(org, logged);
            return Optional.of(new Stored(id, deleted.get().revision(), Optional.empty()));
        });
    }

    @Override
    public Optional<Content> find(OrgId org, Source source, String id, Sight sight) {
        return transactions.query(Access.tenant(org), ContentSql.of(source).find,
                p -> p.org(org).text(id).textsOrNull(Groups.of(sight)).org(org), rows -> readCurrent(org, rows))
                .map(Current::content);
    }

    @Override
    public Optional<Pending> pending(OrgId org, String payload) {
        Json.Revision wanted = Json.readRevision(payload);
        return transactions.query(Access.tenant(org), ContentSql.of(wanted.source()).pending,
                p -> p.org(org).text(wanted.id()).int8(wanted.revision()).org(org), rows -> readCurrent(org, rows))
                .map(current -> new Pending(wanted.source(), current.revision(), current.content()));
    }

    private static Optional<Current> readCurrent(OrgId org, ResultSet row) throws SQLException {
        if (!row.next()) {
            throw Refusals.unknown(org);
        }
        if (row.getString("id") == null) {
            return Optional.empty();
        }
        return Optional.of(new Current(row.getLong("revision"), new Content(row.getString("id"),
                row.getString("title"), row.getString("text"), Json.readFields(row.getString("fields")),
                Groups.read(row.getString("groups")))));
    }

    @Override
    public Optional<ContentStatus> status(OrgId org, Source source, String id, Sight sight) {
        return transactions.query(Access.tenant(org), ContentSql.of(source).status,
                p -> p.org(org).text(id).textsOrNull(Groups.of(sight)).org(org),
                rows -> {
                    if (!rows.next()) {
                        throw Refusals.unknown(org);
                    }
                    return rows.getObject("revision", Long.class) == null
                            ? Optional.empty()
                            : Optional.of(StatusRow.read(id, rows));
                });
    }

    @Override
    public boolean writeChunks(JobLease lease, Pending pending, String modelId, List<Chunk> chunks) {
        boolean written = writer.write(lease, pending, modelId, chunks);
        announcer.changed();
        return written;
    }

    @Override
    public List<ContentChunks> chunks(IndexScope scope, List<ContentKey> keys) {
        return reader.chunks(scope, keys);
    }

    @Override
    public List<ContentChunks> scan(IndexScope scope, Optional<ContentKey> after, int limit) {
        return reader.scan(scope, after, limit);
    }

    @Override
    public CopiedPage copy(Org from, Org to, Optional<String> after, int limit, JobKind kind, Sight sight) {
        try {
            CopiedPage copied = copy.copy(from, to, after, limit, kind, sight);
            announcer.changed();
            return copied;
        } catch (ForeignKeyException e) {
            throw Refusals.unknown(to.id()); // erased between two statements
        }
    }

    @Override
    public void export(Org life, Source source, Consumer<Exported> each) {
        export.export(life, source, each);
    }

    /** The counter of an org that exists is always there: its removal is the last step of erasing. */
    static void requireLogged(OrgId org, int logged) throws SQLException {
        if (logged != 1) {
            throw Refusals.unknown(org);
        }
    }

    private record Deleted(long revision, long bytes) {
    }

    private record Current(long revision, Content content) {
    }
}
