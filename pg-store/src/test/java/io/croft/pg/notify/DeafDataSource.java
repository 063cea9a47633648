package io.croft.pg.notify;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/** A source whose connections do not hear notifications, and that knows how many of them are out. */
final class DeafDataSource {

    /** Why they do not. */
    enum Reason {
        /** The driver's own connection is not to be had. */
        WRAPPED,
        /** The server refuses to listen. */
        REFUSED,
        /** LISTEN seems to work, as behind a pooler, and nothing ever arrives. */
        SWALLOWED
    }

    /** How often it was in the way. */
    final AtomicInteger tried = new AtomicInteger();
    /** How often somebody asked for a connection. */
    final AtomicInteger asked = new AtomicInteger();
    /** Connections that were not given back. */
    final AtomicInteger open = new AtomicInteger();
    /** Whether what is told arrives from now on after all. */
    volatile boolean hears;
    /** Nobody gets a connection before. */
    volatile CountDownLatch gate = new CountDownLatch(0);

    private final DataSource real;
    private final Reason reason;

    DeafDataSource(DataSource real, Reason reason) {
        this.real = real;
        this.reason = reason;
    }

    DataSource source() {
        return instead(DataSource.class, real, (method, argument, result) -> {
            if (!method.equals("getConnection")) {
                return result.get();
            }
            asked.incrementAndGet();
            gate.await(1, TimeUnit.MINUTES);
            Connection connection = (Connection) result.get();
            open.incrementAndGet();
            return deaf(connection);
        });
    }

    private Connection deaf(Connection connection) {
        return instead(Connection.class, connection, (method, argument, result) -> switch (method) {
            case "unwrap" -> {
                if (reason == Reason.WRAPPED) {
                    tried.incrementAndGet();
                    throw new SQLException("this connection wraps nothing");
                }
                yield result.get();
            }
            case "createStatement" -> deaf((Statement) result.get());
            case "close" -> {
                if (!connection.isClosed()) {
                    open.decrementAndGet();
                }
                yield result.get();
            }
            case "abort" -> {
                open.decrementAndGet();
                yield result.get();
            }
            default -> result.get();
        });
    }

    private Statement deaf(Statement statement) {
        return instead(Statement.class, statement, (method, argument, result) -> {
            if (!String.valueOf(argument).startsWith("LISTEN") || reason == Reason.WRAPPED || hears) {
                return result.get();
            }
            tried.incrementAndGet();
            if (reason == Reason.REFUSED) {
                throw new SQLException("LISTEN is not supported", "0A000");
            }
            return false;
        });
    }

    private static <T> T instead(Class<T> type, T real, Change change) {
        return type.cast(Proxy.newProxyInstance(DeafDataSource.class.getClassLoader(), new Class<?>[]{type},
                (proxy, method, arguments) -> change.of(method.getName(), arguments == null ? "" : arguments[0],
                        () -> {
                            try {
                                return method.invoke(real, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        })));
    }

    @FunctionalInterface
    private interface Change {

        Object of(String method, Object argument, Result result) throws Throwable;
    }

    @FunctionalInterface
    private interface Result {

        Object get() throws Throwable;
    }
}
