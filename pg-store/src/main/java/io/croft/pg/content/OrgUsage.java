package io.croft.pg.content;

import io.croft.OrgId;
import io.croft.pg.tx.Tx;
import io.croft.search.Source;

/**
 * What a transaction adds to an organisation's counters, or takes from them.
 *
 * @param source  documents or listings
 * @param items   how many of these
 * @param chunks  how many chunks
 * @param bytes   how much both take
 */
record OrgUsage(Source source, long items, long chunks, long bytes) {

    /** Spreads connections over 16 rows; two of one row wait for one another's commit. Served by the primary key. */
    private static final String ADD = """
            INSERT INTO ${schema}.org_usage AS u (org_id, stripe, documents, listings, chunks, bytes)
            VALUES (?, pg_backend_pid() % 16, ?, ?, ?, ?)
            ON CONFLICT (org_id, stripe) DO UPDATE SET documents = u.documents + excluded.documents,
              listings = u.listings + excluded.listings, chunks = u.chunks + excluded.chunks,
              bytes = u.bytes + excluded.bytes, written_at = excluded.written_at
            """;

    /**
     * The same where there is more of something than before: it is taken from what the organisation may have, if that
     * is limited, one resource after the other in the order of their numbers.
     */
    private static final String ADD_WITHIN_QUOTAS = """
            INSERT INTO ${schema}.org_usage AS u (org_id, stripe, documents, listings, chunks, bytes)
            SELECT ?, pg_backend_pid() % 16, ?, ?, ?, ?
            FROM (
              SELECT count(t.taken) AS limits FROM (
                SELECT ${schema}.use_quota_v1(q.org_id, q.resource, m.wanted) AS taken
                FROM ${schema}.quota q
                  JOIN unnest(?::bigint[]) WITH ORDINALITY AS m (wanted, resource) ON m.resource = q.resource
                WHERE q.org_id = ? AND m.wanted > 0 ORDER BY q.resource) t) asked
            WHERE asked.limits >= 0
            ON CONFLICT (org_id, stripe) DO UPDATE SET documents = u.documents + excluded.documents,
              listings = u.listings + excluded.listings, chunks = u.chunks + excluded.chunks,
              bytes = u.bytes + excluded.bytes, written_at = excluded.written_at
            """;

    /** What files take, or took. */
    static OrgUsage ofFiles(long bytes) {
        return new OrgUsage(Source.PRIVATE, 0, 0, bytes);
    }

    /** Both together; of one source. */
    OrgUsage plus(OrgUsage other) {
        return new OrgUsage(source, items + other.items, chunks + other.chunks, bytes + other.bytes);
    }

    /**
     * To be taken last of a transaction: until it ends, others may wait for the row. Refuses what would be more than
     * the organisation may have.
     */
    Tx.Step adding(OrgId org) {
        long documents = source == Source.PRIVATE ? items : 0;
        long listings = items - documents;
        if (items <= 0 && chunks <= 0 && bytes <= 0) {
            return new Tx.Step(ADD, p -> p.org(org).int8(documents).int8(listings).int8(chunks).int8(bytes));
        }
        return new Tx.Step(ADD_WITHIN_QUOTAS, p -> p.org(org).int8(documents).int8(listings).int8(chunks).int8(bytes)
                .int8s(0, documents, listings, chunks, bytes).org(org));
    }
}
