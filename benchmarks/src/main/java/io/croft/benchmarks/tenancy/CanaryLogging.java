package io.croft.benchmarks.tenancy;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.BasicMDCAdapter;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/** SLF4J for the proof outside of tests: prints nothing and tells all, of every logger, to whoever records. */
public final class CanaryLogging implements SLF4JServiceProvider {

    private static final String PROPERTY = "slf4j.provider";
    private static final List<Consumer<String>> RECORDERS = new CopyOnWriteArrayList<>();

    private final MDCAdapter context = new BasicMDCAdapter();
    private final IMarkerFactory markers = new BasicMarkerFactory();
    private final ILoggerFactory loggers = RecordedLogger::new;

    /**
     * Makes it this process's logging.
     *
     * @throws IllegalStateException if something has logged already
     */
    static void install() {
        System.setProperty(PROPERTY, CanaryLogging.class.getName());
        if (!(LoggerFactory.getLogger(CanaryLogging.class) instanceof RecordedLogger)) {
            throw new IllegalStateException("logging has begun before the proof could listen: start it with -D"
                    + PROPERTY + "=" + CanaryLogging.class.getName());
        }
    }

    /** As {@link CanaryLogs#during}. */
    static void during(Consumer<String> lines, Callable<?> work) throws Exception {
        RECORDERS.add(lines);
        try {
            work.call();
        } finally {
            RECORDERS.remove(lines);
        }
    }

    @Override
    public ILoggerFactory getLoggerFactory() {
        return loggers;
    }

    @Override
    public IMarkerFactory getMarkerFactory() {
        return markers;
    }

    @Override
    public MDCAdapter getMDCAdapter() {
        return context;
    }

    @Override
    public String getRequestedApiVersion() {
        return "2.0.99";
    }

    @Override
    public void initialize() {
        // everything is there already
    }

    /** Key-value pairs come to it as a part of the message. */
    private static final class RecordedLogger extends LegacyAbstractLogger {

        private static final long serialVersionUID = 1L;

        RecordedLogger(String name) {
            this.name = name;
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
        protected @Nullable String getFullyQualifiedCallerName() {
            return null;
        }

        @Override
        protected void handleNormalizedLoggingCall(Level level, @Nullable Marker marker, String pattern,
                Object @Nullable [] arguments, @Nullable Throwable thrown) {
            String line = level + " " + name + " " + MessageFormatter.basicArrayFormat(pattern, arguments) + " "
                    + MDC.getCopyOfContextMap() + (thrown == null ? "" : " " + DeepText.of(thrown));
            RECORDERS.forEach(recorder -> recorder.accept(line));
        }
    }
}
