package io.croft.pg.content;

/** The statements of {@link PgSitePace}; the primary key serves all of them. Times are milliseconds. */
final class SiteSql {

    /** One row if the turn was taken. Parameters: site, holder, how long. */
    static final String TAKE = """
            INSERT INTO ${schema}.site_pace AS s (site, free_at, holder, held_until)
            VALUES (?, clock_timestamp(), ?, clock_timestamp() + ? * interval '1 ms')
            ON CONFLICT (site) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
              WHERE s.free_at <= clock_timestamp()
                AND (s.holder IS NULL OR s.holder = excluded.holder OR s.held_until <= clock_timestamp())
            RETURNING true
            """;

    /** Parameters: how long, site, holder. */
    static final String RELEASE = """
            UPDATE ${schema}.site_pace s SET holder = NULL, held_until = NULL,
              free_at = greatest(s.free_at, clock_timestamp() + ? * interval '1 ms')
            WHERE s.site = ? AND s.holder = ?
            """;

    /** Parameters: site, how long. */
    static final String REST = """
            INSERT INTO ${schema}.site_pace AS s (site, free_at) VALUES (?, clock_timestamp() + ? * interval '1 ms')
            ON CONFLICT (site) DO UPDATE SET free_at = greatest(s.free_at, excluded.free_at)
            """;

    /** Until it may be asked, and until it can be had. Parameters: site. */
    static final String LEFT = """
            SELECT extract(epoch FROM s.free_at - clock_timestamp())::float8 * 1000 AS rest,
              extract(epoch FROM greatest(s.free_at, s.held_until) - clock_timestamp())::float8 * 1000 AS turn
            FROM ${schema}.site_pace s WHERE s.site = ?
            """;

    private SiteSql() {
    }
}
