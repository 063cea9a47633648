package io.croft.pg.content;

/** The statements of {@link ContentExport}. */
final class ExportSql {

    /**
     * The next ones that are not deleted and have a text, which those lack whose first file is not read yet; as many as
     * take a given number of bytes, but at least one. Served by the primary key.
     */
    private static final String READ = """
            WITH page AS (
              SELECT p.id FROM (
                SELECT d.id, sum(d.bytes) OVER (ORDER BY d.id) - d.bytes AS bytes_before
                FROM (
                  SELECT b.id, octet_length(b.title) + octet_length(b.text) AS bytes
                  FROM ${schema}.${content} b
                  WHERE b.org_id = ? AND b.id > ? AND NOT b.deleted AND b.text <> ''
                  ORDER BY b.id LIMIT ?) d) p
              WHERE p.bytes_before < ?)
            SELECT d.id, d.title, d.text, d.fields::text AS fields, array_to_string(d.groups, E'\\n') AS groups,
              d.revision,
              coalesce(d.written_revision = d.revision, false) AS searchable, d.created_at, d.updated_at
            FROM page JOIN ${schema}.${content} d ON d.org_id = ? AND d.id = page.id
            ORDER BY d.id
            """;
    static final String DOCUMENTS = READ.replace("${content}", "document");
    static final String LISTINGS = READ.replace("${content}", "listing");

    private ExportSql() {
    }
}
