package io.croft.pg.audit;

import java.util.Optional;

/**
 * A way around row security that is open, or might be.
 *
 * @param code    the kind of finding
 * @param object  what it was found at, as SQL names it
 * @param problem what is wrong
 * @param remedy  the statement that puts it right, where there is one
 */
public record Finding(String code, String object, String problem, Optional<String> remedy) {
}
