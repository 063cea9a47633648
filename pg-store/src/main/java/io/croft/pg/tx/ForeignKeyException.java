package io.croft.pg.tx;

import io.croft.CroftException;
import java.sql.SQLException;

/**
 * A row refers to one that is gone, or is referred to and cannot go. Caught inside the module, where it is expected.
 */
public final class ForeignKeyException extends CroftException {

    private static final long serialVersionUID = 1L;

    ForeignKeyException(String message, SQLException cause) {
        super(message, cause);
    }
}
