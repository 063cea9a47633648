package io.croft.pg;

import java.sql.SQLException;

/** Binds a statement's parameters, in their order. */
@FunctionalInterface
interface Binder {

    /** Binds nothing. */
    Binder NONE = parameters -> {
    };

    void bind(Parameters parameters) throws SQLException;
}
