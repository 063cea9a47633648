package io.croft.engine.job;

import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/** A log that keeps its lines. */
public final class RecordedLog extends LegacyAbstractLogger {

    private static final long serialVersionUID = 1L;

    private final transient Queue<Line> lines = new ConcurrentLinkedQueue<>();

    /** A line that was logged. */
    public record Line(Level level, String text) {
    }

    /** All that was logged. */
    public List<Line> lines() {
        return List.copyOf(lines);
    }

    @Override
    public boolean isTraceEnabled() {
        return true;
    }

    @Override
    public boolean isDebugEnabled() {
        return true;
    }

    @Override
    public boolean isInfoEnabled() {
        return true;
    }

    @Override
    public boolean isWarnEnabled() {
        return true;
    }

    @Override
    public boolean isErrorEnabled() {
        return true;
    }

    @Override
    protected String getFullyQualifiedCallerName() {
        return RecordedLog.class.getName();
    }

    @Override
    protected void handleNormalizedLoggingCall(Level level, @Nullable Marker marker, String pattern,
            Object @Nullable [] arguments, @Nullable Throwable thrown) {
        lines.add(new Line(level, Objects.toString(MessageFormatter.basicArrayFormat(pattern, arguments))
                + (thrown == null ? "" : " " + thrown)));
    }
}
