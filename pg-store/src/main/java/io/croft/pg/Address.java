package io.croft.pg;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.common.BaseDataSource;

/** How a database is called in messages: its JDBC URL without anything that may be secret. */
final class Address {

    private static final String JDBC = "jdbc:";

    private Address() {
    }

    /** The URL without user, password and parameters; only its beginning if it cannot be told where these are. */
    static String of(String url) {
        int parameters = url.indexOf('?');
        int hosts = url.indexOf("//");
        int user = url.lastIndexOf('@');
        if (user >= 0 && (hosts < 0 || user < hosts || (parameters >= 0 && parameters < user))) {
            return url.startsWith(JDBC) ? JDBC + "…" : "…"; // a password may have any of these characters
        }
        String bare = parameters < 0 ? url : url.substring(0, parameters);
        return user < 0 ? bare : bare.substring(0, hosts + 2) + bare.substring(user + 1);
    }

    /** The URL of a data source that tells it; else the name of its class. */
    static String of(DataSource source) {
        String url = url(source);
        return url == null ? "the data source " + source.getClass().getName() : of(url);
    }

    private static @Nullable String url(DataSource source) {
        if (source instanceof HikariDataSource pool) {
            if (pool.getJdbcUrl() != null) {
                return pool.getJdbcUrl();
            }
            return pool.getDataSource() == null ? null : url(pool.getDataSource());
        }
        if (source instanceof BaseDataSource driver) {
            return driver.getURL();
        }
        try {
            return source.isWrapperFor(BaseDataSource.class) ? source.unwrap(BaseDataSource.class).getURL() : null;
        } catch (SQLException e) {
            return null;
        }
    }
}
