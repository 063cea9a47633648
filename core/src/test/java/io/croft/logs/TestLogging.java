package io.croft.logs;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.helpers.BasicMDCAdapter;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.simple.SimpleLoggerFactory;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/**
 * SLF4J for tests: prints what slf4j-simple prints, has a logging context, which that has not, and gives whatever the
 * library logs, at any level, to those who record. Chosen by the system property {@code slf4j.provider}.
 */
public final class TestLogging implements SLF4JServiceProvider {

    private static final List<Consumer<LoggedLine>> RECORDERS = new CopyOnWriteArrayList<>();

    private final MDCAdapter context = new BasicMDCAdapter();
    private final IMarkerFactory markers = new BasicMarkerFactory();
    private final ILoggerFactory printed = new SimpleLoggerFactory();
    private final ILoggerFactory loggers = name -> new TestLogger(printed.getLogger(name));

    /** Does something, and gives all lines that are logged meanwhile, on whichever thread, to this one. */
    public static <T> T during(Consumer<LoggedLine> recorder, Callable<T> work) throws Exception {
        RECORDERS.add(recorder);
        try {
            return work.call();
        } finally {
            RECORDERS.remove(recorder);
        }
    }

    static boolean isRecording() {
        return !RECORDERS.isEmpty();
    }

    static void tell(LoggedLine line) {
        RECORDERS.forEach(recorder -> recorder.accept(line));
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
}
