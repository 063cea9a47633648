package io.croft.pg.content;

/** The statements on blobs. The primary keys, which begin with the org and the key, serve all of them. */
final class BlobSql {

    /** Whether the blob is new: no row was there to be updated. No row if the life is over. */
    static final String KEEP = """
            INSERT INTO ${schema}.blob AS b (org_id, key, bytes)
            SELECT o.org_id, ?::bytea, ? FROM ${schema}.org o
            WHERE o.org_id = ? AND o.incarnation = ? AND o.state = 'ACTIVE'
            ON CONFLICT (org_id, key) DO UPDATE SET used_at = excluded.used_at
            RETURNING b.xmax = 0 AS is_new
            """;

    static final String ADD_PART = """
            INSERT INTO ${schema}.blob_part (org_id, key, part, content) VALUES (?, ?, ?, ?)
            """;

    /** A part, or the blob's size alone where it has not so many. */
    static final String READ = """
            SELECT b.bytes, p.content FROM ${schema}.blob b
              JOIN ${schema}.org o ON o.org_id = b.org_id AND o.incarnation = ? AND o.state = 'ACTIVE'
              LEFT JOIN ${schema}.blob_part p ON p.org_id = ? AND p.key = b.key AND p.part = ?
            WHERE b.org_id = ? AND b.key = ?
            """;

    static final String LIST = """
            SELECT b.key, b.bytes FROM ${schema}.blob b
              JOIN ${schema}.org o ON o.org_id = b.org_id AND o.incarnation = ? AND o.state = 'ACTIVE'
            WHERE b.org_id = ? AND b.key > ?
            ORDER BY b.key LIMIT ?
            """;

    /** Locks it until the end, so that a put waits, if it was not put for so long. */
    static final String LOCK_UNUSED = """
            SELECT b.bytes FROM ${schema}.blob b
            WHERE b.org_id = ? AND b.key = ? AND b.used_at <= now() - make_interval(secs => ?)
              AND EXISTS (SELECT FROM ${schema}.org o WHERE o.org_id = ? AND o.incarnation = ? AND o.state = 'ACTIVE')
            FOR UPDATE
            """;

    static final String DELETE_PARTS = "DELETE FROM ${schema}.blob_part WHERE org_id = ? AND key = ?";

    static final String DELETE = "DELETE FROM ${schema}.blob WHERE org_id = ? AND key = ?";

    private BlobSql() {
    }
}
