package io.croft.pg.content;

import io.croft.Org;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Life;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import io.croft.search.Source;
import io.croft.spi.Content;
import io.croft.spi.ContentStore.Exported;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.function.Consumer;

/** Reads all documents or listings of an organisation, page after page, as of one moment. */
final class ContentExport {

    private static final int PAGE = 200;
    /** How much is read at once, about; a single document may be more. */
    private static final long MAX_PAGE_BYTES = 8 * 1024 * 1024;

    private final Transactions transactions;

    ContentExport(Transactions transactions) {
        this.transactions = transactions;
    }

    void export(Org life, Source source, Consumer<Exported> each) {
        String sql = switch (source) {
            case PRIVATE -> ExportSql.DOCUMENTS;
            case MARKETPLACE -> ExportSql.LISTINGS;
        };
        Life.read(transactions, Access.tenant(life.id()), life, tx -> {
            String last = "";
            List<Exported> page;
            do {
                String after = last;
                page = tx.query(sql, p -> p.org(life.id()).text(after).int4(PAGE).int8(MAX_PAGE_BYTES).org(life.id()),
                        Rows.list(ContentExport::read));
                page.forEach(each);
                last = page.isEmpty() ? last : page.getLast().content().id();
            } while (!page.isEmpty());
            return life;
        });
    }

    private static Exported read(ResultSet row) throws SQLException {
        return new Exported(
                new Content(row.getString("id"), row.getString("title"), row.getString("text"),
                        Json.readFields(row.getString("fields")), Groups.read(row.getString("groups"))),
                row.getLong("revision"), row.getBoolean("searchable"),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getObject("updated_at", OffsetDateTime.class).toInstant());
    }
}
