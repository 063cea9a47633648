package io.croft.pg.tx;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads a statement's result; the cursor stands before its first row. */
@FunctionalInterface
public interface Rows<T> {

    T read(ResultSet rows) throws SQLException;

    /** Every row. */
    static <R> Rows<List<R>> list(Row<R> row) {
        return rows -> {
            List<R> all = new ArrayList<>();
            while (rows.next()) {
                all.add(row.read(rows));
            }
            return all;
        };
    }

    /** The first row, if there is one. */
    static <R> Rows<Optional<R>> first(Row<R> row) {
        return rows -> rows.next() ? Optional.of(row.read(rows)) : Optional.empty();
    }

    /** The one row that there must be. */
    static <R> Rows<R> one(Row<R> row) {
        return rows -> {
            if (!rows.next()) {
                throw new SQLException("a statement that always gives a row gave none");
            }
            return row.read(rows);
        };
    }

    /** Whether there is a row. */
    static Rows<Boolean> any() {
        return ResultSet::next;
    }

    /** Reads the row that the cursor stands on. */
    @FunctionalInterface
    interface Row<R> {

        R read(ResultSet row) throws SQLException;
    }
}
