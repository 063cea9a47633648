package io.croft.pg;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Refuses migrations beside which processes of the release before could not go on: statements that take something away,
 * narrow it, or change what was written. What it does not know it refuses too. Such a statement needs a file of its own
 * that says so on its first line, <code>-- CONTRACTS AFTER 0.4: why</code>, where the release that can do without what
 * goes is out already: so it comes one release later at the earliest, and by itself.
 *
 * <p>Migrations are given in their order. What one has made itself it may change.
 */
final class MigrationLint {

    private static final Pattern CREATE_TABLE = pattern("CREATE TABLE (?:IF NOT EXISTS )?(\\w+)\\b(.*)");
    private static final Pattern VALUES = pattern("CHECK \\((\\w+) IN \\(([^)]*)\\)\\)");
    private static final Pattern FUNCTION = pattern("CREATE (OR REPLACE )?FUNCTION (\\w+) ?(\\(.*?) LANGUAGE .*");
    private static final Pattern ALTER_TABLE = pattern("ALTER TABLE (?:IF EXISTS )?(?:ONLY )?(\\w+) (.*)");
    private static final Pattern ADD_COLUMN = pattern("ADD COLUMN (?:IF NOT EXISTS )?(\\w+) (.*)");
    private static final Pattern CONSTRAINED = pattern(".*\\b(?:UNIQUE|PRIMARY KEY|CHECK|REFERENCES)\\b.*");
    private static final Pattern ADD_VALUES =
            pattern("ADD CONSTRAINT (\\w+) CHECK \\((\\w+) IN \\(([^)]*)\\)\\)(?: NOT VALID)?");
    private static final Pattern DROP_CONSTRAINT = pattern("DROP CONSTRAINT (\\w+)");
    private static final Pattern UPDATE = pattern("UPDATE (\\w+)(?: (?:AS )?\\w+)? SET (.*)");
    private static final Pattern ON_TABLE = pattern("CREATE .*? ON (?:ONLY )?(\\w+)\\b.*");
    private static final Pattern INSERT = pattern("INSERT INTO (\\w+)\\b.*");
    /** Functions of migrations, which do nothing to what is there. */
    private static final Pattern OWN_FUNCTIONS = pattern("SELECT (?:own_functions_v1|maintain_history_v1) ?\\(.*");
    private static final Pattern EXPANDS =
            pattern("(?:CREATE (?:TABLE|SEQUENCE|INDEX|UNIQUE INDEX|VIEW)|ALTER TABLE .* ADD COLUMN) .*");

    private final Set<String> released;
    private final Set<String> tables = new HashSet<>();
    /** By name, with parameters and result. */
    private final Map<String, String> functions = new HashMap<>();
    /** By table and constraint. */
    private final Map<String, Set<String>> values = new HashMap<>();

    /**
     * Before the first migration.
     *
     * @param released the releases that are out
     */
    MigrationLint(Set<String> released) {
        this.released = Set.copyOf(released);
    }

    private static Pattern pattern(String regex) {
        return Pattern.compile(regex, Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    }

    /** What is wrong with the next migration; it is taken for executed. */
    List<String> next(String file, String sql) {
        Script script = new Script(SqlStatements.of(sql));
        List<String> contracting = new ArrayList<>();
        for (String statement : script.statements) {
            script.begin(statement);
            why(statement, script).ifPresent(why -> contracting.add(
                    file + ": " + statement.substring(0, Math.min(100, statement.length())) + ": " + why));
        }
        List<String> findings = marked(file, sql, script, contracting);
        script.statements.forEach(this::learn);
        return findings;
    }

    private List<String> marked(String file, String sql, Script script, List<String> contracting) {
        Matcher marker = Pattern.compile("\\A-- CONTRACTS AFTER (\\S+):").matcher(sql);
        if (Migrations.contracts(sql).isEmpty() || !marker.find()) {
            return sql.contains("-- CONTRACTS")
                    ? Stream.concat(contracting.stream(), Stream.of(file + ": its marker is not its first line, or not"
                            + " -- CONTRACTS AFTER release: why")).toList()
                    : contracting;
        }
        List<String> findings = new ArrayList<>();
        if (contracting.isEmpty()) {
            findings.add(file + ": is marked, and takes nothing away");
        }
        if (!released.contains(marker.group(1))) {
            findings.add(file + ": release " + marker.group(1) + " is not out: what it does without must not go yet");
        }
        script.statements.stream().filter(statement -> EXPANDS.matcher(statement).matches()).findFirst()
                .ifPresent(statement -> findings.add(file + ": expands as well: two files, in two releases"));
        return findings;
    }

    /** Why a process of the release before could not go on; empty if it can. */
    private Optional<String> why(String statement, Script script) {
        String head = statement.toUpperCase(Locale.ROOT);
        Matcher function = FUNCTION.matcher(statement);
        Matcher table = ALTER_TABLE.matcher(statement);
        Matcher update = UPDATE.matcher(statement);
        if (head.matches("(?s)(CREATE (TABLE|SEQUENCE|VIEW|INDEX)|COMMENT ON|GRANT|SET LOCAL) .*")
                || OWN_FUNCTIONS.matcher(statement).matches()) {
            return Optional.empty();
        }
        if (function.matches()) {
            return function(function);
        }
        if (head.startsWith("ALTER FUNCTION ")) {
            return refusedIf(head.matches("(?s).*\\b(RENAME|OWNER|SCHEMA|INVOKER|RESET|DEPENDS|STRICT)\\b.*"),
                    "old processes call it as it is");
        }
        if (table.matches()) {
            String name = name(table.group(1));
            return script.made.contains(name)
                    ? Optional.empty()
                    : parts(table.group(2)).stream().flatMap(action -> why(name, action, script).stream()).findFirst();
        }
        if (head.startsWith("CREATE UNIQUE INDEX ")) {
            return refusedIf(!script.made.contains(on(statement)), "old processes may write what it refuses");
        }
        if (head.startsWith("CREATE POLICY ")) {
            return refusedIf(head.contains(" AS RESTRICTIVE ") && !script.made.contains(on(statement)),
                    "old processes see less");
        }
        if (head.startsWith("REVOKE ")) {
            return refusedIf(!head.endsWith(" FROM PUBLIC") && !script.granted(head), "old processes need the right");
        }
        if (head.startsWith("INSERT INTO ")) {
            return refusedIf(head.contains(" DO UPDATE ") && !script.made.contains(into(statement)),
                    "it changes what old processes wrote");
        }
        if (update.matches()) {
            return refusedIf(!script.fills(name(update.group(1)), update.group(2)),
                    "it changes what old processes wrote");
        }
        return Optional.of("it takes something away, or is nothing that is known to be harmless");
    }

    private Optional<String> function(Matcher function) {
        String known = functions.get(name(function.group(2)));
        if (known == null) {
            return Optional.empty();
        }
        return function.group(1) == null
                ? Optional.of("there is one of this name: name it by its next version")
                : refusedIf(!known.equals(signature(function)), "old processes call it with what it took");
    }

    private Optional<String> why(String table, String action, Script script) {
        String head = action.toUpperCase(Locale.ROOT);
        Matcher column = ADD_COLUMN.matcher(action);
        Matcher added = ADD_VALUES.matcher(action);
        Matcher dropped = DROP_CONSTRAINT.matcher(action);
        if (column.matches()) {
            return refusedIf(head.contains(" NOT NULL") && !head.contains(" DEFAULT ") && !head.contains(" GENERATED "),
                    "old processes do not give it")
                    .or(() -> refusedIf(CONSTRAINED.matcher(column.group(2)).matches(),
                            "old processes may write what it refuses, and it is looked for in what is there"));
        }
        if (head.matches("ALTER (COLUMN )?\\w+ SET (STORAGE|STATISTICS|COMPRESSION) \\S+|SET \\(.*\\)")) {
            return Optional.empty();
        }
        if (head.equals("NO FORCE ROW LEVEL SECURITY")) {
            return refusedIf(!script.comes("ALTER TABLE " + table + " FORCE ROW LEVEL SECURITY"),
                    "nothing forces it again");
        }
        if (head.equals("FORCE ROW LEVEL SECURITY")) {
            return refusedIf(!script.came("ALTER TABLE " + table + " NO FORCE ROW LEVEL SECURITY"),
                    "old processes see less");
        }
        if (added.matches()) {
            return refusedIf(!widens(table, added) || !script.came("ALTER TABLE " + table + " DROP CONSTRAINT "
                    + added.group(1)), "old processes may write what it refuses");
        }
        if (dropped.matches()) {
            return refusedIf(script.rest().map(ALTER_TABLE::matcher)
                    .filter(other -> other.matches() && name(other.group(1)).equals(table))
                    .map(other -> ADD_VALUES.matcher(other.group(2)))
                    .noneMatch(other -> other.matches() && other.group(1).equals(dropped.group(1))
                            && widens(table, other)),
                    "new processes may write what old ones do not know");
        }
        return Optional.of("it takes something away, or is nothing that is known to be harmless");
    }

    /** Whether it allows all that it allowed before, and more. */
    private boolean widens(String table, Matcher added) {
        Set<String> before = values.get(table + "." + name(added.group(1)));
        return before != null && literals(added.group(3)).containsAll(before);
    }

    private static Set<String> literals(String list) {
        return parts(list).stream().collect(Collectors.toSet());
    }

    private static Optional<String> refusedIf(boolean refused, String why) {
        return refused ? Optional.of(why) : Optional.empty();
    }

    private static String on(String statement) {
        Matcher on = ON_TABLE.matcher(statement);
        return on.matches() ? name(on.group(1)) : "";
    }

    private static String into(String statement) {
        Matcher into = INSERT.matcher(statement);
        return into.matches() ? name(into.group(1)) : "";
    }

    private static String name(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    private static String signature(Matcher function) {
        return function.group(3).replace("( ", "(").replace(" )", ")").replaceAll("(?i)\\bRETURNS\\b", "RETURNS");
    }

    private void learn(String statement) {
        Matcher table = CREATE_TABLE.matcher(statement);
        Matcher function = FUNCTION.matcher(statement);
        Matcher altered = ALTER_TABLE.matcher(statement);
        if (table.matches()) {
            String name = name(table.group(1));
            tables.add(name);
            Matcher allowed = VALUES.matcher(table.group(2));
            while (allowed.find()) {
                values.put(name + "." + name + "_" + name(allowed.group(1)) + "_check", literals(allowed.group(2)));
            }
        } else if (function.matches()) {
            functions.put(name(function.group(2)), signature(function));
        } else if (altered.matches()) {
            Matcher added = ADD_VALUES.matcher(altered.group(2));
            if (added.matches()) {
                values.put(name(altered.group(1)) + "." + name(added.group(1)), literals(added.group(3)));
            }
        }
    }

    /** The tables that there are. */
    Set<String> tables() {
        return Set.copyOf(tables);
    }

    /** The parts between commas that lie in no parentheses and no text. */
    static List<String> parts(String list) {
        List<String> parts = new ArrayList<>();
        int depth = 0;
        boolean quoted = false;
        int from = 0;
        for (int i = 0; i < list.length(); i++) {
            char c = list.charAt(i);
            quoted ^= c == '\'';
            if (!quoted) {
                depth += c == '(' || c == '[' ? 1 : c == ')' || c == ']' ? -1 : 0;
                if (c == ',' && depth == 0) {
                    parts.add(list.substring(from, i).strip());
                    from = i + 1;
                }
            }
        }
        parts.add(list.substring(from).strip());
        return parts;
    }

    /** One migration, as far as it was read. */
    private static final class Script {

        private final List<String> statements;
        private final Set<String> made = new HashSet<>();
        /** By table: the columns that it adds. */
        private final Map<String, Set<String>> added = new HashMap<>();
        private int at = -1;

        Script(List<String> statements) {
            this.statements = statements;
            for (String statement : statements) {
                Matcher table = CREATE_TABLE.matcher(statement);
                Matcher altered = ALTER_TABLE.matcher(statement);
                if (table.matches()) {
                    made.add(name(table.group(1)));
                } else if (altered.matches()) {
                    parts(altered.group(2)).stream().map(ADD_COLUMN::matcher).filter(Matcher::matches)
                            .forEach(column -> added.computeIfAbsent(name(altered.group(1)), any -> new HashSet<>())
                                    .add(name(column.group(1))));
                }
            }
        }

        void begin(String statement) {
            at++;
            if (!statements.get(at).equals(statement)) {
                throw new IllegalStateException("statements are looked at in their order");
            }
        }

        Stream<String> rest() {
            return statements.stream().skip(at + 1L);
        }

        boolean comes(String statement) {
            return rest().anyMatch(statement::equalsIgnoreCase);
        }

        boolean came(String statement) {
            return statements.stream().limit(at).anyMatch(statement::equalsIgnoreCase);
        }

        /** Whether it takes back what it granted itself. */
        boolean granted(String revoke) {
            int from = revoke.lastIndexOf(" FROM ");
            return from > 0 && came("GRANT" + revoke.substring("REVOKE".length(), from) + " TO"
                    + revoke.substring(from + " FROM".length()));
        }

        /** Whether it sets nothing but what it has made. */
        boolean fills(String table, String assignments) {
            String set = assignments.split("(?i) (FROM|WHERE|RETURNING) ", 2)[0];
            Set<String> columns = Objects.requireNonNullElse(added.get(table), Set.of());
            return made.contains(table) || parts(set).stream()
                    .allMatch(one -> columns.contains(name(one.split("=", 2)[0].strip())));
        }
    }
}
