package io.croft.pg.content;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.content.EmbeddingModel;
import io.croft.pg.queue.PgJobStore;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Transactions;
import io.croft.pg.tx.Tx;
import io.croft.spi.Chunk;
import io.croft.spi.ContentStore.Pending;
import io.croft.spi.JobLease;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Replaces a document's chunks in one transaction with the change that announces them and the end of the job that made
 * them.
 *
 * <p>Locks are taken in the order that all of the store keeps: the document's row, the change counter, the job's run.
 * The document's lock makes the check of its revision hold until the end; the fence makes a late worker's transaction
 * fail as a whole.
 */
final class ChunkWriter {

    /** How much goes into one statement, in bytes; one chunk is always less. */
    private static final int MAX_STATEMENT_BYTES = 8 * 1024 * 1024;
    /** What a chunk's row takes beside its text and vector, about. */
    private static final int ROW_BYTES = 128;

    private final Transactions transactions;
    private final PgJobStore jobs;

    ChunkWriter(Transactions transactions, PgJobStore jobs) {
        this.transactions = transactions;
        this.jobs = jobs;
    }

    boolean write(JobLease lease, Pending pending, String modelId, List<Chunk> chunks) {
        check(modelId, chunks);
        ContentSql sql = ContentSql.of(pending.source());
        String id = pending.content().id();
        return transactions.run(Access.tenant(lease.org()), tx -> {
            Optional<Long> bytesBefore = tx.query(sql.lock, p -> p.org(lease.org()).text(id),
                    rows -> rows.next() && rows.getLong("revision") == pending.revision()
                            && !rows.getBoolean("deleted")
                                    ? Optional.of(rows.getLong("written_bytes"))
                                    : Optional.empty());
            if (bytesBefore.isEmpty()) {
                tx.updateAndCommit(jobs.finish(lease));
                return false;
            }
            replace(tx, sql, lease, pending, modelId, chunks, bytesBefore.get());
            return true;
        });
    }

    private void replace(Tx tx, ContentSql sql, JobLease lease, Pending pending, String modelId, List<Chunk> chunks,
            long bytesBefore) throws SQLException {
        String id = pending.content().id();
        int gone = tx.update(sql.deleteChunks, p -> p.org(lease.org()).text(id));
        add(tx, sql, lease.org(), id, pending.revision(), modelId, chunks);
        long bytes = bytes(chunks);
        int logged = tx.updateAndCommit(
                new Tx.Step(sql.log, p -> p.org(lease.org()).text(id)),
                new Tx.Step(sql.setWritten, p -> p.int8(bytes).org(lease.org()).text(id)),
                jobs.finish(lease),
                new OrgUsage(pending.source(), 0, chunks.size() - gone, bytes - bytesBefore).adding(lease.org()));
        PgContentStore.requireLogged(lease.org(), logged);
    }

    /** Adds the chunks of a document that has none. */
    static void add(Tx tx, ContentSql sql, OrgId org, String id, long revision, String modelId, List<Chunk> chunks)
            throws SQLException {
        for (List<Chunk> slice : slices(chunks)) {
            tx.update(sql.addChunks, p -> p.org(org).text(id)
                    .int8(revision)
                    .text(modelId)
                    .int4(chunks.getFirst().vector().length)
                    .array("int4", slice, Chunk::ordinal)
                    .array("int4", slice, Chunk::start)
                    .array("int4", slice, Chunk::end)
                    .array("text", slice, Chunk::text)
                    .byteas(vectors(slice)));
        }
    }

    private static List<List<Chunk>> slices(List<Chunk> chunks) {
        List<List<Chunk>> slices = new ArrayList<>();
        int from = 0;
        long bytes = 0;
        for (int i = 0; i < chunks.size(); i++) {
            long more = bytes(chunks.get(i));
            if (i > from && bytes + more > MAX_STATEMENT_BYTES) {
                slices.add(chunks.subList(from, i));
                from = i;
                bytes = 0;
            }
            bytes += more;
        }
        slices.add(chunks.subList(from, chunks.size()));
        return slices;
    }

    /** What the rows of these take, about. */
    static long bytes(List<Chunk> chunks) {
        return chunks.stream().mapToLong(ChunkWriter::bytes).sum();
    }

    private static long bytes(Chunk chunk) {
        return ROW_BYTES + 4L * chunk.vector().length + chunk.text().length();
    }

    private static byte[][] vectors(List<Chunk> chunks) {
        return chunks.stream().map(chunk -> Vectors.toBytes(chunk.vector())).toArray(byte[][]::new);
    }

    static void check(String modelId, List<Chunk> chunks) {
        if (modelId.isBlank() || modelId.length() > 128) {
            throw new InvalidInputException("model id has " + modelId.length()
                    + " characters and must have 1 to 128, not all blank");
        }
        if (chunks.isEmpty()) {
            throw new InvalidInputException("no chunks: a text that is stored has at least one");
        }
        int dimensions = chunks.getFirst().vector().length;
        if (dimensions < 1 || dimensions > EmbeddingModel.MAX_DIMENSIONS) {
            throw new InvalidInputException("vectors of " + dimensions + " dimensions: 1 to "
                    + EmbeddingModel.MAX_DIMENSIONS + " are supported");
        }
        for (int i = 0; i < chunks.size(); i++) {
            check(chunks.get(i), i, dimensions);
        }
    }

    private static void check(Chunk chunk, int ordinal, int dimensions) {
        if (chunk.ordinal() != ordinal) {
            throw new InvalidInputException("chunk " + ordinal + " has the ordinal " + chunk.ordinal()
                    + ": chunks are numbered from 0, in order");
        }
        if (chunk.start() < 0 || chunk.end() < chunk.start()) {
            throw new InvalidInputException("chunk " + ordinal + " stretches from " + chunk.start() + " to "
                    + chunk.end() + ": give offsets into the text, the end not before the start");
        }
        if (chunk.text().indexOf(0) >= 0) {
            throw new InvalidInputException("chunk " + ordinal + " holds the character U+0000: remove it");
        }
        if (chunk.vector().length != dimensions) {
            throw new InvalidInputException("chunk " + ordinal + " has a vector of " + chunk.vector().length
                    + " dimensions, the first one of " + dimensions + ": use one model for all");
        }
        for (float component : chunk.vector()) {
            if (!Float.isFinite(component)) {
                throw new InvalidInputException("chunk " + ordinal + " has a vector that is not finite (" + component
                        + "): the embedder is at fault");
            }
        }
    }
}
