package io.croft.pg;

import io.croft.InvalidInputException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/** What commands are told by system properties, and by environment variables where those say nothing. */
final class CommandSettings {

    private final Function<String, @Nullable String> settings;

    /** With these settings, by name; null or blank is as good as none. */
    CommandSettings(Function<String, @Nullable String> settings) {
        this.settings = settings;
    }

    static CommandSettings ofProcess() {
        return new CommandSettings(property -> {
            String value = System.getProperty(property);
            return value == null || value.isBlank() ? System.getenv(variable(property)) : value;
        });
    }

    /** The environment variable of a property. */
    static String variable(String property) {
        return property.replaceAll("([a-z])([A-Z])", "$1_$2").replace('.', '_').toUpperCase(Locale.ROOT);
    }

    Optional<String> given(String property) {
        return Optional.ofNullable(settings.apply(property)).filter(text -> !text.isBlank());
    }

    List<String> list(String property, String separator) {
        return given(property).stream().flatMap(value -> Arrays.stream(value.split(separator, -1)))
                .map(String::strip).filter(one -> !one.isEmpty()).toList();
    }

    /**
     * The URL of the database.
     *
     * @param purpose what there is nothing to do for without one
     */
    String url(String purpose) {
        return given("croft.jdbc.url").orElseThrow(() -> new InvalidInputException(
                "nothing to " + purpose + ": give -Dcroft.jdbc.url=jdbc:postgresql://host:port/database"));
    }

    /** Connections to the database, under this name. */
    PGSimpleDataSource source(String url, String applicationName) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        try {
            source.setUrl(url);
        } catch (IllegalArgumentException e) {
            // The cause repeats the whole URL.
            throw new InvalidInputException("\"" + Address.of(url) + "\" is no JDBC URL of Postgres: expected "
                    + "jdbc:postgresql://host:port/database");
        }
        given("croft.jdbc.user").ifPresent(source::setUser);
        given("croft.jdbc.password").ifPresent(source::setPassword);
        source.setLogServerErrorDetail(false);
        source.setApplicationName(applicationName);
        return source;
    }
}
