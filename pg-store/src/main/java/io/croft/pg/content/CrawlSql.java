package io.croft.pg.content;

/** The statements on crawls and their pages. The primary keys serve all of them, but where it says otherwise. */
final class CrawlSql {

    /** What a crawl was to do before; locks the row until the end. */
    static final String BEFORE = """
            SELECT c.source, c.fields::text AS fields FROM ${schema}.crawl c
            WHERE c.org_id = ? AND c.name = ? AND c.source IS NOT NULL FOR UPDATE
            """;

    static final String ASK_ANEW = "UPDATE ${schema}.crawl SET anew = true WHERE org_id = ? AND name = ?";

    /** What is left over of the other source, if anything is, is of this one again. */
    static final String CHANGE_SOURCE = """
            UPDATE ${schema}.crawl_page SET document = left_document, left_document = document
            WHERE org_id = ? AND crawl = ? AND (document IS NOT NULL OR left_document IS NOT NULL)
            """;

    /** Served by crawl_page_left. */
    static final String LEFT = """
            SELECT p.left_document FROM ${schema}.crawl_page p
            WHERE p.org_id = ? AND p.crawl = ? AND p.left_document IS NOT NULL ORDER BY p.left_document LIMIT ?
            """;

    /** Served by crawl_page_left. */
    static final String FORGET_LEFT = """
            UPDATE ${schema}.crawl_page SET left_document = NULL
            WHERE org_id = ? AND crawl = ? AND left_document IS NOT NULL AND left_document = ANY (?::text[])
            """;

    static final String FORGET_VERSIONS = """
            UPDATE ${schema}.crawl_page SET etag = NULL, last_modified = NULL
            WHERE org_id = ? AND crawl = ? AND (etag IS NOT NULL OR last_modified IS NOT NULL)
            """;

    /** One row if the org is active. */
    static final String REQUEST = """
            INSERT INTO ${schema}.crawl AS c (org_id, name, source, start, max_depth, max_pages, delay_ms, fields)
            SELECT o.org_id, ?, ?, ?, ?, ?, ?, ?::jsonb FROM ${schema}.org o WHERE o.org_id = ? AND o.state = 'ACTIVE'
            ON CONFLICT (org_id, name) DO UPDATE SET source = excluded.source, start = excluded.start,
              max_depth = excluded.max_depth, max_pages = excluded.max_pages, delay_ms = excluded.delay_ms,
              fields = excluded.fields
            RETURNING job_id
            """;

    /** How many were requested, as far as that is counted. */
    static final String COUNT = """
            SELECT count(*) FROM (
              SELECT FROM ${schema}.crawl c WHERE c.org_id = ? AND c.source IS NOT NULL LIMIT ?) few
            """;

    /** Locks the row until the end, as {@link #LOCK} does. */
    static final String LOCK_JOB = """
            SELECT c.job_id FROM ${schema}.crawl c WHERE c.org_id = ? AND c.name = ? FOR UPDATE
            """;

    static final String REMOVE_PAGES = "DELETE FROM ${schema}.crawl_page WHERE org_id = ? AND crawl = ?";

    static final String REMOVE = "DELETE FROM ${schema}.crawl WHERE org_id = ? AND name = ?";

    /** A row if the job is there and has not ended: it is no dead letter. */
    static final String IS_LIVE = "SELECT FROM ${schema}.job j WHERE j.org_id = ? AND j.id = ? AND j.state <> 4";

    static final String SET_JOB = "UPDATE ${schema}.crawl SET job_id = ? WHERE org_id = ? AND name = ?";

    private static final String COLUMNS = """
            c.name, c.source, c.start, c.max_depth, c.max_pages, c.delay_ms, c.fields::text AS fields, c.job_id, c.round,
              c.is_open
            """;

    /** One row if the org is active; without a source if none of this name was requested. */
    static final String FIND = "SELECT " + COLUMNS + """
            FROM ${schema}.org o LEFT JOIN ${schema}.crawl c ON c.org_id = ? AND c.name = ? AND c.source IS NOT NULL
            WHERE o.org_id = ? AND o.state = 'ACTIVE'
            """;

    /** Reads every page of the crawl, the more of them the longer. */
    private static final String PAGES = """
            , p.waiting, p.kept, p.failed, j.state AS job_state, j.error_class, j.error_message,
              CASE j.state WHEN 0 THEN j.note END AS put_off, h.outcome, h.note
            """;

    private static final String OF_PAGES = """
              LEFT JOIN ${schema}.job j ON j.org_id = c.org_id AND j.id = c.job_id
              LEFT JOIN ${schema}.job_history h ON h.org_id = c.org_id AND h.id = c.job_id
              CROSS JOIN LATERAL (
                SELECT count(*) FILTER (WHERE q.waiting) AS waiting,
                  count(*) FILTER (WHERE q.document IS NOT NULL) AS kept,
                  count(*) FILTER (WHERE q.outcome = 9 AND NOT q.waiting) AS failed
                FROM ${schema}.crawl_page q WHERE q.org_id = c.org_id AND q.crawl = c.name) p
            """;

    /** One row if the org is active; without a source if none of this name was requested. */
    static final String PROGRESS = "SELECT " + COLUMNS + PAGES + """
            FROM ${schema}.org o LEFT JOIN ${schema}.crawl c ON c.org_id = ? AND c.name = ? AND c.source IS NOT NULL
            """ + OF_PAGES + """
            WHERE o.org_id = ? AND o.state = 'ACTIVE'
            """;

    static final String LIST = "SELECT " + COLUMNS + PAGES + """
            FROM (SELECT l.org_id, l.name, l.source, l.start, l.max_depth, l.max_pages, l.delay_ms, l.fields, l.job_id,
                l.round, l.is_open
              FROM ${schema}.crawl l WHERE l.org_id = ? AND l.name > ? AND l.source IS NOT NULL
              ORDER BY l.name LIMIT ?) c
            """ + OF_PAGES + """
            ORDER BY c.name
            """;

    static final String ENSURE = """
            INSERT INTO ${schema}.crawl (org_id, name)
            SELECT o.org_id, ? FROM ${schema}.org o WHERE o.org_id = ? AND o.state = 'ACTIVE'
            ON CONFLICT (org_id, name) DO NOTHING
            """;

    /** Locks the row until the end: whoever writes in the same crawl waits. */
    static final String LOCK = """
            SELECT c.round, c.is_open, c.anew, c.pages_left, c.sitemaps_left, c.next_place, c.site_delay_ms
            FROM ${schema}.crawl c WHERE c.org_id = ? AND c.name = ? FOR UPDATE
            """;

    /** What no round asks for by itself: what was never asked for, sitemaps, and what was read, gone or unsupported. */
    static final String FORGET = """
            DELETE FROM ${schema}.crawl_page WHERE org_id = ? AND crawl = ?
              AND (outcome IS NULL OR outcome IN (4, 6, 7) OR kind = 0)
            """;

    static final String ASK_AGAIN = """
            UPDATE ${schema}.crawl_page p SET kind = 1, hops = 0, round = ?, failures = 0, waiting = true,
              place = i.place
            FROM (SELECT q.url, ? + row_number() OVER (ORDER BY q.depth, q.place) - 1 AS place
              FROM ${schema}.crawl_page q WHERE q.org_id = ? AND q.crawl = ? ORDER BY q.depth, q.place LIMIT ?) i
            WHERE p.org_id = ? AND p.crawl = ? AND p.url = i.url
            """;

    static final String OPEN = """
            UPDATE ${schema}.crawl SET round = ?, is_open = true, anew = false, pages_left = ?, sitemaps_left = ?,
              next_place = ?
            WHERE org_id = ? AND name = ?
            """;

    static final String SET_DELAY = """
            UPDATE ${schema}.crawl SET site_delay_ms = ? WHERE org_id = ? AND name = ? AND is_open
            """;

    static final String KNOWN = """
            SELECT p.url, p.kind, p.depth, p.hops, p.round, p.waiting FROM ${schema}.crawl_page p
            WHERE p.org_id = ? AND p.crawl = ? AND p.url = ANY (?::text[])
            """;

    /** What is known of them from other rounds stays. */
    static final String ADD = """
            INSERT INTO ${schema}.crawl_page (org_id, crawl, url, kind, depth, hops, round, place, failures, waiting)
            SELECT ?, ?, i.url, i.kind, i.depth, i.hops, ?, i.place, 0, true
            FROM unnest(?::text[], ?::int[], ?::int[], ?::int[], ?::bigint[]) AS i (url, kind, depth, hops, place)
            ON CONFLICT (org_id, crawl, url) DO UPDATE SET kind = excluded.kind, depth = excluded.depth,
              hops = excluded.hops, round = excluded.round, place = excluded.place, failures = 0, waiting = true
            """;

    static final String BETTER = """
            UPDATE ${schema}.crawl_page p SET kind = i.kind, depth = i.depth, hops = i.hops
            FROM unnest(?::text[], ?::int[], ?::int[], ?::int[]) AS i (url, kind, depth, hops)
            WHERE p.org_id = ? AND p.crawl = ? AND p.url = i.url
            """;

    static final String SET_LINE = """
            UPDATE ${schema}.crawl SET pages_left = ?, sitemaps_left = ?, next_place = ? WHERE org_id = ? AND name = ?
            """;

    /** Served by crawl_page_next. */
    static final String NEXT = """
            SELECT p.url, p.kind, p.depth, p.hops, p.failures, p.etag, p.last_modified, p.document, p.outcome
            FROM ${schema}.crawl_page p WHERE p.org_id = ? AND p.crawl = ? AND p.waiting
            ORDER BY p.failures, p.depth, p.place LIMIT 1
            """;

    static final String FINISH = """
            UPDATE ${schema}.crawl_page SET outcome = ?, etag = ?, last_modified = ?, document = ?, waiting = false
            WHERE org_id = ? AND crawl = ? AND url = ? AND waiting
            """;

    static final String TRY_AGAIN = """
            UPDATE ${schema}.crawl_page SET outcome = ?, etag = ?, last_modified = ?, document = ?,
              failures = failures + 1, place = ?
            WHERE org_id = ? AND crawl = ? AND url = ? AND waiting
            """;

    static final String GIVE_UP = """
            UPDATE ${schema}.crawl_page SET waiting = false WHERE org_id = ? AND crawl = ? AND waiting
            """;

    static final String CLOSE = "UPDATE ${schema}.crawl SET is_open = false WHERE org_id = ? AND name = ?";

    private CrawlSql() {
    }
}
