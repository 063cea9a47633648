package io.croft.pg.content;

import io.croft.pg.tx.Access;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import io.croft.spi.SitePace;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.UUID;

/** Turns in the database, a row for each site. Thread-safe. */
public final class PgSitePace implements SitePace {

    private final Transactions transactions;

    public PgSitePace(Transactions transactions) {
        this.transactions = transactions;
    }

    @Override
    public Duration take(String host, UUID holder, Duration hold) {
        boolean taken = transactions.query(Access.admin(), SiteSql.TAKE,
                p -> p.bytes(site(host)).uuid(holder).int8(millis(hold)), Rows.any());
        if (taken) {
            return Duration.ZERO;
        }
        // Whoever had it may have given it back in between: then it can be had soon, which is not at once.
        Duration left = left(host, "turn");
        return left.isZero() ? Duration.ofMillis(1) : left;
    }

    @Override
    public void release(String host, UUID holder, Duration rest) {
        transactions.update(Access.admin(), SiteSql.RELEASE,
                p -> p.int8(millis(rest)).bytes(site(host)).uuid(holder));
    }

    @Override
    public void rest(String host, Duration time) {
        transactions.update(Access.admin(), SiteSql.REST, p -> p.bytes(site(host)).int8(millis(time)));
    }

    @Override
    public Duration left(String host) {
        return left(host, "rest");
    }

    private Duration left(String host, String column) {
        double millis = transactions.query(Access.admin(), SiteSql.LEFT, p -> p.bytes(site(host)),
                Rows.first(row -> row.getDouble(column))).orElse(0.0);
        return Duration.ofMillis((long) Math.ceil(Math.max(0, millis)));
    }

    private static long millis(Duration time) {
        return Math.max(0, (time.compareTo(MAX_TIME) > 0 ? MAX_TIME : time).toMillis());
    }

    private static byte[] site(String host) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(host.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
