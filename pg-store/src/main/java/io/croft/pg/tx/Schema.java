package io.croft.pg.tx;

import io.croft.InvalidInputException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/** The schema that everything lives in. SQL names it <code>${schema}</code>. Thread-safe. */
public final class Schema {

    /** Where nobody names another. */
    public static final String DEFAULT_NAME = "croft";

    private static final Pattern VALID = Pattern.compile("[a-z][a-z0-9_]{0,39}");

    private final String name;
    /** As many entries as there are statements in the source. */
    private final ConcurrentHashMap<String, String> resolved = new ConcurrentHashMap<>();

    /** Refuses a name that could not stand in a statement as it is. */
    public Schema(String name) {
        if (!VALID.matcher(name).matches() || name.startsWith("pg_")) {
            throw new InvalidInputException("schema name \"" + name
                    + "\" is not usable: 1 to 40 of a-z, 0-9 and _, beginning with a letter, and not with pg_");
        }
        this.name = name;
    }

    /** Its name, which needs no quotes. */
    public String name() {
        return name;
    }

    /** The statement with this schema's name in it. The texts are constants: they are kept for good. */
    public String resolve(String sql) {
        return resolved.computeIfAbsent(sql, text -> text.replace("${schema}", name));
    }
}
