package io.croft.pg.content;

import io.croft.OrgId;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Tx;
import io.croft.search.Source;
import io.croft.spi.Content;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;

/**
 * Hides what is still searchable of an older revision from those whom the newest one is not for: making that
 * searchable may take as long as it likes, or never come about.
 */
final class Narrowing {

    /** How many changes go into one message. */
    private static final int MAX_STEPS = 100;

    private Narrowing() {
    }

    /**
     * Does so with documents whose new revisions this transaction has put, and has their index follow. It holds the
     * change counter from then on, which comes after the rows of all documents that a transaction locks.
     *
     * @param items the new revisions
     */
    static void narrow(Tx tx, OrgId org, Source source, Collection<Content> items) throws SQLException {
        List<String> ids = items.stream().filter(item -> !item.groups().isEmpty()).map(Content::id).toList();
        if (source == Source.MARKETPLACE || ids.isEmpty()) {
            return; // for everybody: that hides nothing
        }
        ContentSql sql = ContentSql.of(source);
        List<Tx.Step> changes = tx.query(ContentSql.NARROW, p -> p.org(org).texts(ids), Rows.list(row -> {
            String id = row.getString("id");
            return new Tx.Step(sql.log, p -> p.org(org).text(id));
        }));
        for (int from = 0; from < changes.size(); from += MAX_STEPS) {
            List<Tx.Step> some = changes.subList(from, Math.min(changes.size(), from + MAX_STEPS));
            PgContentStore.requireLogged(org, tx.update(some.toArray(Tx.Step[]::new)));
        }
    }

    /** Whether it may have found something to do. */
    static boolean isOf(Collection<Content> items) {
        return items.stream().anyMatch(item -> !item.groups().isEmpty());
    }
}
