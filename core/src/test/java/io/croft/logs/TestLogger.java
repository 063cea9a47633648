package io.croft.logs;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.MDC;
import org.slf4j.Marker;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;
import org.slf4j.event.LoggingEvent;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.spi.LoggingEventAware;

/** A logger that prints by another one and tells recorders. */
final class TestLogger extends LegacyAbstractLogger implements LoggingEventAware {

    private static final long serialVersionUID = 1L;
    private static final String OURS = "io.croft.";

    private final transient Logger printed;

    TestLogger(Logger printed) {
        this.printed = printed;
        this.name = printed.getName();
    }

    @Override
    public void log(LoggingEvent event) {
        List<Object> arguments = Optional.ofNullable(event.getArguments()).orElse(List.of());
        List<KeyValuePair> pairs = Optional.ofNullable(event.getKeyValuePairs()).orElse(List.of());
        Map<String, String> fields = new HashMap<>();
        pairs.forEach(pair -> fields.put(pair.key, String.valueOf(pair.value)));
        put(event.getLevel(), event.getMessage(), arguments.toArray(), fields, event.getThrowable());
    }

    @Override
    protected void handleNormalizedLoggingCall(Level level, @Nullable Marker marker, String pattern,
            Object @Nullable [] arguments, @Nullable Throwable thrown) {
        put(level, pattern, arguments == null ? new Object[0] : arguments, Map.of(), thrown);
    }

    private void put(Level level, String pattern, Object[] arguments, Map<String, String> fields,
            @Nullable Throwable thrown) {
        String message = Objects.requireNonNullElse(MessageFormatter.basicArrayFormat(pattern, arguments), "");
        if (printed.isEnabledForLevel(level)) {
            printed.atLevel(level).setCause(thrown).log(fields.isEmpty() ? message : message + " " + fields);
        }
        if (name.startsWith(OURS) && TestLogging.isRecording()) {
            Map<String, String> context = Objects.requireNonNullElse(MDC.getCopyOfContextMap(), Map.of());
            TestLogging.tell(new LoggedLine(level, name, message, fields, context, Optional.ofNullable(thrown)));
        }
    }

    private boolean isEnabled(Level level) {
        return printed.isEnabledForLevel(level) || (name.startsWith(OURS) && TestLogging.isRecording());
    }

    @Override
    public boolean isTraceEnabled() {
        return isEnabled(Level.TRACE);
    }

    @Override
    public boolean isDebugEnabled() {
        return isEnabled(Level.DEBUG);
    }

    @Override
    public boolean isInfoEnabled() {
        return isEnabled(Level.INFO);
    }

    @Override
    public boolean isWarnEnabled() {
        return isEnabled(Level.WARN);
    }

    @Override
    public boolean isErrorEnabled() {
        return isEnabled(Level.ERROR);
    }

    @Override
    protected @Nullable String getFullyQualifiedCallerName() {
        return null;
    }
}
