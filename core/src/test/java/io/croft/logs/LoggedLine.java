package io.croft.logs;

import java.util.Map;
import java.util.Optional;
import org.slf4j.event.Level;

/**
 * A line of a log.
 *
 * @param message what it says, with its arguments
 * @param fields  its key-value pairs
 * @param context the logging context of its thread
 * @param thrown  what was thrown
 */
public record LoggedLine(Level level, String logger, String message, Map<String, String> fields,
        Map<String, String> context, Optional<Throwable> thrown) {
}
