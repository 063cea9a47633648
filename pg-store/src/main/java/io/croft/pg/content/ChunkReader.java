package io.croft.pg.content;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Refusals;
import io.croft.pg.tx.Transactions;
import io.croft.spi.Chunk;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexScope.MarketIndex;
import io.croft.spi.IndexScope.PrivateIndex;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Reads current chunks for an index: a private one's as its organisation, the marketplace's as the index's own role.
 */
final class ChunkReader {

    private static final int MAX_KEYS = 1000;
    /** How much is read at once, about; a single document may be more. */
    private static final long MAX_PAGE_BYTES = 32 * 1024 * 1024;
    private static final UUID BEFORE_ALL_ORGS = new UUID(0, 0);

    private final Transactions transactions;

    ChunkReader(Transactions transactions) {
        this.transactions = transactions;
    }

    List<ContentChunks> chunks(IndexScope scope, List<ContentKey> keys) {
        if (keys.isEmpty()) {
            return List.of();
        }
        Refusals.requireBatch("keys", keys.size(), MAX_KEYS);
        return switch (scope) {
            case PrivateIndex index -> {
                OrgId org = index.org();
                for (ContentKey key : keys) {
                    if (!key.org().equals(org)) {
                        throw new InvalidInputException("a key of organisation " + key.org()
                                + " for the private index of " + org);
                    }
                }
                yield transactions.query(Access.tenant(org), ChunkSql.PRIVATE,
                        p -> p.array("text", keys, ContentKey::id)
                                .org(org)
                                .int8(MAX_PAGE_BYTES)
                                .org(org)
                                .org(org)
                                .org(org)
                                .uuid(index.incarnation()),
                        rows -> readPrivate(index, rows));
            }
            case MarketIndex market -> transactions.query(Access.index(), ChunkSql.MARKET,
                    p -> p.array("uuid", keys, key -> key.org().value()).array("text", keys, ContentKey::id)
                            .int8(MAX_PAGE_BYTES),
                    ChunkReader::readAll);
        };
    }

    List<ContentChunks> scan(IndexScope scope, Optional<ContentKey> after, int limit) {
        Refusals.requireBatch("documents", limit, MAX_KEYS);
        String afterId = after.map(ContentKey::id).orElse("");
        return switch (scope) {
            case PrivateIndex index -> {
                OrgId org = index.org();
                yield transactions.query(Access.tenant(org), ChunkSql.SCAN_PRIVATE, p -> p.org(org)
                        .text(afterId)
                        .int4(limit)
                        .int8(MAX_PAGE_BYTES)
                        .org(org)
                        .org(org)
                        .org(org)
                        .uuid(index.incarnation()), rows -> readPrivate(index, rows));
            }
            case MarketIndex market -> transactions.query(Access.index(), ChunkSql.SCAN_MARKET,
                    p -> p.uuid(after.map(key -> key.org().value()).orElse(BEFORE_ALL_ORGS))
                            .text(afterId)
                            .int4(limit)
                            .int8(MAX_PAGE_BYTES),
                    ChunkReader::readAll);
        };
    }

    private static List<ContentChunks> readPrivate(PrivateIndex index, ResultSet rows) throws SQLException {
        if (!rows.next()) {
            throw Refusals.notThisLife(index);
        }
        return rows.getString("content_id") == null ? List.of() : readFrom(rows);
    }

    private static List<ContentChunks> readAll(ResultSet rows) throws SQLException {
        return rows.next() ? readFrom(rows) : List.of();
    }

    /** Reads from the row that the cursor stands on, the first of a document, to the end. */
    private static List<ContentChunks> readFrom(ResultSet rows) throws SQLException {
        List<ContentChunks> all = new ArrayList<>();
        boolean more = true;
        while (more) {
            ContentKey key = new ContentKey(OrgId.of(rows.getObject("org_id", UUID.class)),
                    rows.getString("content_id"));
            rows.getInt("ordinal");
            if (rows.wasNull()) {
                all.add(ContentChunks.none(key));
                more = rows.next();
                continue;
            }
            long revision = rows.getLong("revision");
            String model = rows.getString("model_id");
            String title = rows.getString("title");
            Map<String, String> fields = Json.readFields(rows.getString("fields"));
            Set<String> groups = Groups.read(rows.getString("groups"));
            var writtenAt = rows.getObject("written_at", OffsetDateTime.class).toInstant();
            List<Chunk> chunks = new ArrayList<>();
            do {
                chunks.add(chunk(rows));
                more = rows.next();
            } while (more && rows.getInt("ordinal") != 0);
            all.add(new ContentChunks(key, revision, model, writtenAt, title, fields, groups, chunks));
        }
        return all;
    }

    private static Chunk chunk(ResultSet row) throws SQLException {
        return new Chunk(row.getInt("ordinal"), row.getInt("start_offset"), row.getInt("end_offset"),
                row.getString("text"), Vectors.fromBytes(row.getBytes("vector")));
    }
}
