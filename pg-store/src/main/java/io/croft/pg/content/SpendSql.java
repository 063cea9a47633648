package io.croft.pg.content;

/** The statements of {@link PgSpendStore}; the primary keys serve all of them. */
final class SpendSql {

    /** One row if they are spent. Parameters: tokens, org, budget. */
    static final String TAKE = """
            INSERT INTO ${schema}.embed_spend AS s (org_id, day, tokens)
            SELECT o.org_id, (now() AT TIME ZONE 'UTC')::date, ?
            FROM ${schema}.org o WHERE o.org_id = ? AND o.state = 'ACTIVE'
            ON CONFLICT (org_id) DO UPDATE SET day = excluded.day,
              tokens = CASE WHEN s.day = excluded.day THEN s.tokens ELSE 0 END + excluded.tokens
              WHERE s.day <> excluded.day OR s.tokens < ?
            RETURNING true
            """;

    static final String MILLIS_LEFT = """
            SELECT extract(epoch FROM (now() AT TIME ZONE 'UTC')::date + 1 - now() AT TIME ZONE 'UTC')::float8 * 1000
              AS millis
            """;

    /** Parameters: tokens, org. */
    static final String GIVE_BACK = """
            UPDATE ${schema}.embed_spend s SET tokens = greatest(0, s.tokens - ?)
            WHERE s.org_id = ? AND s.day = (now() AT TIME ZONE 'UTC')::date
            """;

    /** Parameters: org. */
    static final String SPENT = """
            SELECT s.tokens FROM ${schema}.embed_spend s
            WHERE s.org_id = ? AND s.day = (now() AT TIME ZONE 'UTC')::date
            """;

    private SpendSql() {
    }
}
