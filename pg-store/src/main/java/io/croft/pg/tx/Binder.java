package io.croft.pg.tx;

import java.sql.SQLException;

/** Binds a statement's parameters, in their order. */
@FunctionalInterface
public interface Binder {

    /** Binds nothing. */
    Binder NONE = parameters -> {
    };

    void bind(Parameters parameters) throws SQLException;
}
