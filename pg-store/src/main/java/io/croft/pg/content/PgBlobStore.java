package io.croft.pg.content;

import io.croft.InvalidInputException;
import io.croft.Org;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.ForeignKeyException;
import io.croft.pg.tx.Refusals;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import io.croft.pg.tx.Tx;
import io.croft.spi.Blob;
import io.croft.spi.BlobStore;
import io.croft.spi.IndexScope;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.Enumeration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Blobs as rows of 1 MiB, written in one transaction and read part by part, each in one of its own. They go with the
 * organisation's rows, and their bytes count among those that it may have.
 */
public final class PgBlobStore implements BlobStore {

    private static final HexFormat HEX = HexFormat.of();

    private final Transactions transactions;

    public PgBlobStore(Transactions transactions) {
        this.transactions = transactions;
    }

    @Override
    public Blob put(Org org, InputStream content, long maxBytes) throws IOException {
        if (maxBytes < 0 || maxBytes > MAX_BYTES) {
            throw new InvalidInputException("a blob of at most " + maxBytes + " bytes: give 0 to " + MAX_BYTES);
        }
        try (Spool spool = Spool.of(content, maxBytes)) {
            transactions.run(Access.tenant(org.id()), tx -> {
                boolean isNew = tx.query(BlobSql.KEEP, p -> p.bytes(spool.hash()).int8(spool.bytes()).org(org.id())
                        .uuid(org.incarnation()), Rows.first(row -> row.getBoolean("is_new")))
                        .orElseThrow(() -> Refusals.unknown(org.id()));
                if (isNew) {
                    addParts(tx, org, spool);
                    tx.updateAndCommit(OrgUsage.ofFiles(spool.bytes()).adding(org.id()));
                }
                return isNew;
            });
            return new Blob(HEX.formatHex(spool.hash()), spool.bytes());
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } catch (ForeignKeyException e) {
            throw Refusals.unknown(org.id()); // erased between two statements
        }
    }

    private static void addParts(Tx tx, Org org, Spool spool) throws SQLException {
        byte[] hash = spool.hash();
        try (InputStream in = spool.open()) {
            byte[] part = in.readNBytes(Spool.PART_BYTES);
            for (int number = 0; part.length > 0; number++) {
                byte[] content = part;
                int place = number;
                tx.update(BlobSql.ADD_PART, p -> p.org(org.id()).bytes(hash).int4(place).bytes(content));
                part = in.readNBytes(Spool.PART_BYTES);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("a temporary file cannot be read", e);
        }
    }

    @Override
    public Optional<InputStream> open(Org org, String key) {
        byte[] hash = hash(key);
        return part(org, hash, 0).map(first -> {
            int parts = (int) ((first.bytes() + Spool.PART_BYTES - 1) / Spool.PART_BYTES);
            InputStream beginning = new ByteArrayInputStream(first.content());
            if (parts <= 1) {
                return beginning;
            }
            Enumeration<InputStream> rest = Collections.enumeration(IntStream.range(1, parts)
                    .<InputStream>mapToObj(number -> new LazyPart(org, hash, number)).toList());
            return new SequenceInputStream(beginning, new SequenceInputStream(rest));
        });
    }

    private Optional<Part> part(Org org, byte[] hash, int number) {
        return transactions.query(Access.tenant(org.id()), BlobSql.READ, p -> p.uuid(org.incarnation()).org(org.id())
                .int4(number).org(org.id()).bytes(hash), Rows.first(row -> {
                    byte[] content = row.getBytes("content");
                    return new Part(row.getLong("bytes"), content == null ? new byte[0] : content);
                }));
    }

    @Override
    public List<Blob> list(Org org, Optional<String> after, int limit) {
        if (limit < 1 || limit > MAX_PAGE) {
            throw new InvalidInputException("a page of " + limit + " blobs: give 1 to " + MAX_PAGE);
        }
        byte[] last = after.map(PgBlobStore::hash).orElse(new byte[0]);
        return transactions.query(Access.tenant(org.id()), BlobSql.LIST, p -> p.uuid(org.incarnation()).org(org.id())
                .bytes(last).int4(limit),
                Rows.list(row -> new Blob(HEX.formatHex(row.getBytes("key")), row.getLong("bytes"))));
    }

    @Override
    public boolean delete(Org org, String key, Duration unusedFor) {
        byte[] hash = hash(key);
        return transactions.run(Access.tenant(org.id()), tx -> {
            Optional<Long> unused = tx.query(BlobSql.LOCK_UNUSED, p -> p.org(org.id()).bytes(hash)
                    .float8(unusedFor.toNanos() / 1e9).org(org.id()).uuid(org.incarnation()),
                    Rows.first(row -> row.getLong("bytes")));
            if (unused.isPresent()) {
                tx.updateAndCommit(new Tx.Step(BlobSql.DELETE_PARTS, p -> p.org(org.id()).bytes(hash)),
                        new Tx.Step(BlobSql.DELETE, p -> p.org(org.id()).bytes(hash)),
                        OrgUsage.ofFiles(-unused.get()).adding(org.id()));
            }
            return unused.isPresent();
        });
    }

    /** {@inheritDoc} The rows go with the organisation's. */
    @Override
    public void erase(IndexScope.PrivateIndex life) {
    }

    @Override
    public Set<IndexScope.PrivateIndex> lives() {
        return Set.of();
    }

    private static byte[] hash(String key) {
        return HEX.parseHex(Blob.checkKey(key));
    }

    /**
     * A part of a blob.
     *
     * @param bytes   how large the blob is
     * @param content the part
     */
    @SuppressWarnings("ArrayRecordComponent")
    private record Part(long bytes, byte[] content) {
    }

    /** A part that is there; read when the first byte of it is asked for. */
    private final class LazyPart extends InputStream {

        private final Org org;
        private final byte[] hash;
        private final int number;
        private @Nullable InputStream content;

        LazyPart(Org org, byte[] hash, int number) {
            this.org = org;
            this.hash = hash;
            this.number = number;
        }

        private InputStream content() throws IOException {
            InputStream known = content;
            if (known == null) {
                byte[] read = part(org, hash, number).map(Part::content).orElse(new byte[0]);
                if (read.length == 0) {
                    throw new IOException("the blob was removed while it was read");
                }
                known = new ByteArrayInputStream(read);
                content = known;
            }
            return known;
        }

        @Override
        public int read() throws IOException {
            return content().read();
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            return content().read(buffer, offset, length);
        }
    }
}
