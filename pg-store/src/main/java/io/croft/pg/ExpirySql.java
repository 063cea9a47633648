package io.croft.pg;

/** The statements of {@link Expiry}. */
final class ExpirySql {

    /**
     * Removes what is too old of the oldest rows, and counts it. Served by change_xid, whose order is nearly that of
     * age.
     */
    static final String PRIVATE_CHANGES = """
            WITH gone AS (
              DELETE FROM ${schema}.change c WHERE c.ctid = ANY (ARRAY(
                SELECT o.ctid FROM (
                  SELECT b.ctid, b.at FROM ${schema}.change b ORDER BY b.xid LIMIT ?) o
                WHERE o.at < now() - make_interval(secs => ?)))
              RETURNING 1)
            SELECT count(*) FROM gone
            """;

    /** The same for the marketplace, but for the last settled row: readers that have read everything stand on it. */
    static final String MARKET_CHANGES = """
            WITH gone AS (
              DELETE FROM ${schema}.market_change c WHERE c.ctid = ANY (ARRAY(
                SELECT o.ctid FROM (
                  SELECT b.ctid, b.at, b.xid, b.id FROM ${schema}.market_change b ORDER BY b.xid, b.id LIMIT ?) o
                WHERE o.at < now() - make_interval(secs => ?) AND (o.xid, o.id) < (
                  SELECT l.xid, l.id FROM ${schema}.market_change l
                  WHERE l.xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
                  ORDER BY l.xid DESC, l.id DESC LIMIT 1)))
              RETURNING 1)
            SELECT count(*) FROM gone
            """;

    /** Served by search_hour_hour. */
    static final String HOURS = """
            WITH gone AS (
              DELETE FROM ${schema}.search_hour h WHERE h.ctid = ANY (ARRAY(
                SELECT o.ctid FROM (
                  SELECT b.ctid, b.hour FROM ${schema}.search_hour b ORDER BY b.hour LIMIT ?) o
                WHERE o.hour < now() - make_interval(secs => ?)))
              RETURNING 1)
            SELECT count(*) FROM gone
            """;

    /**
     * A day is too old when its end is. Served by search_text_day and the primary key: who may not read texts may not
     * ask for the place of a row.
     */
    static final String TEXTS = """
            WITH gone AS (
              DELETE FROM ${schema}.search_text t WHERE (t.org_id, t.day, t.hash) IN (
                SELECT o.org_id, o.day, o.hash FROM (
                  SELECT b.org_id, b.day, b.hash FROM ${schema}.search_text b ORDER BY b.day LIMIT ?) o
                WHERE o.day + 1 < (now() - make_interval(secs => ?)) AT TIME ZONE 'UTC')
              RETURNING 1)
            SELECT count(*) FROM gone
            """;

    /** There are as many as processes of the last days. */
    static final String WRITERS = """
            WITH gone AS (
              DELETE FROM ${schema}.search_writer w WHERE w.writer = ANY (ARRAY(
                SELECT o.writer FROM (
                  SELECT b.writer, b.at FROM ${schema}.search_writer b ORDER BY b.at LIMIT ?) o
                WHERE o.at < now() - make_interval(secs => ?)))
              RETURNING 1)
            SELECT count(*) FROM gone
            """;

    /** There are as many as sites that were crawled of late. */
    static final String SITES = """
            WITH gone AS (
              DELETE FROM ${schema}.site_pace s WHERE s.site = ANY (ARRAY(
                SELECT o.site FROM (
                  SELECT b.site, greatest(b.free_at, b.held_until) AS at FROM ${schema}.site_pace b
                  ORDER BY b.free_at LIMIT ?) o
                WHERE o.at < now() - make_interval(secs => ?)))
              RETURNING 1)
            SELECT count(*) FROM gone
            """;

    private ExpirySql() {
    }
}
