package io.croft.pg;

import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.TenantContext;
import io.croft.intake.ImportReport;
import io.croft.intake.Imported;
import io.croft.intake.Ingestion;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Brings the rows of a host's own tables. The query runs in one read-only transaction of the host's data source, whose
 * rows are fetched as they are needed; each is taken in by a transaction of its own. An import that broke off is run
 * again: rows that are stored already cost a look each and are not embedded again.
 *
 * <pre>{@code
 * ImportReport report = TableImport.of(dataSource, "SELECT id, title, body, embedding FROM article",
 *         row -> Imported.text(Source.PRIVATE, "article-" + row.getLong("id"), row.getString("body"))
 *                 .withTitle(row.getString("title"))
 *                 .withVector(TableImport.vector(row, "embedding")))
 *         .run(croft.ingest(), acme);
 * }</pre>
 *
 * <p>Immutable and thread-safe as far as the mapping is.
 */
public final class TableImport {

    private static final int FETCH = 500;

    private final DataSource source;
    private final String query;
    private final Mapping mapping;

    /** Makes an item of a row. */
    @FunctionalInterface
    public interface Mapping {

        /**
         * The item of the row that the cursor stands on; it leaves the cursor there.
         *
         * @throws InvalidInputException if it is none: it is counted, and passed over
         */
        Imported item(ResultSet row) throws SQLException;
    }

    private TableImport(DataSource source, String query, Mapping mapping) {
        this.source = source;
        this.query = query;
        this.mapping = mapping;
    }

    /** Reads what this query finds, which is the host's own and is run as it is. */
    public static TableImport of(DataSource source, String query, Mapping mapping) {
        return new TableImport(Objects.requireNonNull(source, "source"), Objects.requireNonNull(query, "query"),
                Objects.requireNonNull(mapping, "mapping"));
    }

    /**
     * Imports all rows, or those before the thread is interrupted.
     *
     * @return what became of them
     * @throws CroftException if the query fails; what was imported stays
     */
    public ImportReport run(Ingestion ingestion, TenantContext context) {
        try (Connection connection = source.getConnection()) {
            boolean autoCommit = connection.getAutoCommit();
            boolean readOnly = connection.isReadOnly();
            connection.setReadOnly(true);
            connection.setAutoCommit(false);
            try (PreparedStatement statement = connection.prepareStatement(query)) {
                statement.setFetchSize(FETCH);
                try (ResultSet rows = statement.executeQuery()) {
                    return ingestion.importAll(context, new Items(rows));
                }
            } finally {
                connection.rollback();
                connection.setAutoCommit(autoCommit);
                connection.setReadOnly(readOnly);
            }
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    private static CroftException failure(SQLException e) {
        return new CroftException("the rows to import could not be read (SQLSTATE " + e.getSQLState()
                + "): mend the query and run the import again", e);
    }

    /**
     * Reads a vector from a column of type {@code real[]} or {@code double precision[]}, {@code bytea} (float32, little
     * endian), {@code vector} of pgvector, {@code json}, {@code jsonb} or {@code text} (as {@code [1,2.5]}).
     *
     * @throws InvalidInputException if it is null or no vector
     */
    public static float[] vector(ResultSet row, String column) throws SQLException {
        Object value = row.getObject(column);
        if (value instanceof byte[] bytes) {
            return ImportedVector.ofBytes(column, bytes);
        }
        if (value instanceof Array array) {
            return ImportedVector.ofArray(column, array.getArray());
        }
        return ImportedVector.ofText(column, value == null ? "" : row.getString(column));
    }

    /** The rows as items. Used by one thread. */
    private final class Items implements Iterator<Imported> {

        private final ResultSet rows;
        private @Nullable Boolean more;

        Items(ResultSet rows) {
            this.rows = rows;
        }

        @Override
        public boolean hasNext() {
            if (more == null) {
                try {
                    more = rows.next();
                } catch (SQLException e) {
                    throw failure(e);
                }
            }
            return more;
        }

        @Override
        public Imported next() {
            if (!hasNext()) {
                throw new NoSuchElementException("no more rows");
            }
            more = null;
            try {
                return mapping.item(rows);
            } catch (SQLException e) {
                throw failure(e);
            }
        }
    }
}
