package io.croft.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A JDBC URL of Postgres, taken apart so that the database and the user can be exchanged.
 *
 * @param server     what stands before the database: empty, or {@code //host:port}
 * @param database   the name of the database, decoded; empty for the driver's default
 * @param parameters the parameters in their order, decoded
 */
record JdbcUrl(String server, String database, Map<String, String> parameters) {

    private static final Pattern FORM = Pattern.compile("jdbc:postgresql:(//[^/?]*)?/?([^?]*)(?:\\?(.*))?");

    JdbcUrl {
        parameters = new LinkedHashMap<>(parameters);
    }

    /** Parses a URL; a message about a wrong one never repeats it, since it may carry a password. */
    static JdbcUrl parse(String url) {
        Matcher matcher = FORM.matcher(url.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("the JDBC URL in " + EmbeddedPostgresServer.URL_PROPERTY + " or "
                    + EmbeddedPostgresServer.URL_VARIABLE
                    + " is none of Postgres: write jdbc:postgresql://HOST:PORT/DATABASE?user=USER&password=PASSWORD");
        }
        Map<String, String> parameters = new LinkedHashMap<>();
        String query = matcher.group(3) == null ? "" : matcher.group(3);
        for (String parameter : query.split("&", -1)) {
            if (!parameter.isEmpty()) {
                int equals = parameter.indexOf('=');
                String name = equals < 0 ? parameter : parameter.substring(0, equals);
                parameters.put(decode(name), equals < 0 ? "" : decode(parameter.substring(equals + 1)));
            }
        }
        String server = matcher.group(1) == null ? "" : matcher.group(1);
        return new JdbcUrl(server, decode(matcher.group(2)), parameters);
    }

    JdbcUrl withDatabase(String name) {
        return new JdbcUrl(server, name, parameters);
    }

    /** Another user, without a password; the same user keeps it. */
    JdbcUrl withUser(String user) {
        if (user.equals(parameters.get("user"))) {
            return this;
        }
        Map<String, String> changed = new LinkedHashMap<>(parameters);
        changed.put("user", user);
        changed.remove("password");
        return new JdbcUrl(server, database, changed);
    }

    JdbcUrl withUser(String user, String password) {
        Map<String, String> changed = new LinkedHashMap<>(parameters);
        changed.put("user", user);
        changed.put("password", password);
        return new JdbcUrl(server, database, changed);
    }

    @Override
    public String toString() {
        String query = parameters.entrySet().stream()
                .map(parameter -> encode(parameter.getKey()) + "=" + encode(parameter.getValue()))
                .collect(Collectors.joining("&"));
        String path = server.isEmpty() && !database.isEmpty() ? "" : server + "/";
        return "jdbc:postgresql:" + path + encode(database)
                + (query.isEmpty() ? "" : "?" + query);
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, UTF_8);
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, UTF_8);
    }
}
