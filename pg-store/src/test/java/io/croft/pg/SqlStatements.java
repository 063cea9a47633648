package io.croft.pg;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The statements of a script: without comments, with one space for each white space, without the schema's name, and
 * with {@code $$} for what is between dollars.
 */
final class SqlStatements {

    private static final Pattern DOLLARS = Pattern.compile("\\$(\\w*)\\$");
    private static final Pattern ESCAPING = Pattern.compile("(?<!\\w)[eE]\\z");

    private final String script;
    private final List<String> statements = new ArrayList<>();
    private final StringBuilder statement = new StringBuilder();
    private int at;

    private SqlStatements(String script) {
        this.script = script;
    }

    static List<String> of(String script) {
        SqlStatements all = new SqlStatements(script.replace("${schema}.", ""));
        all.read();
        return all.statements;
    }

    private void read() {
        while (at < script.length()) {
            char c = script.charAt(at);
            Matcher dollars = DOLLARS.matcher(script).region(at, script.length());
            if (script.startsWith("--", at)) {
                at = end(script.indexOf('\n', at));
                space();
            } else if (script.startsWith("/*", at)) {
                skipComment();
                space();
            } else if (c == '\'' || c == '"') {
                quoted(c);
            } else if (dollars.lookingAt()) {
                at = end(script.indexOf(dollars.group(), dollars.end()) + dollars.group().length());
                statement.append("$$");
            } else if (c == ';') {
                at++;
                finish();
            } else if (Character.isWhitespace(c)) {
                at++;
                space();
            } else {
                at++;
                statement.append(c);
            }
        }
        finish();
    }

    private int end(int index) {
        return index < 0 ? script.length() : index;
    }

    private void space() {
        if (!statement.isEmpty() && statement.charAt(statement.length() - 1) != ' ') {
            statement.append(' ');
        }
    }

    /** They may lie within one another. */
    private void skipComment() {
        int depth = 0;
        do {
            depth += script.startsWith("/*", at) ? 1 : script.startsWith("*/", at) ? -1 : 0;
            at += script.startsWith("/*", at) || script.startsWith("*/", at) ? 2 : 1;
        } while (depth > 0 && at < script.length());
    }

    /** As it is; a quote that is twice there is read as two texts. */
    private void quoted(char quote) {
        boolean escapes = quote == '\'' && ESCAPING.matcher(statement).find();
        int from = at++;
        while (at < script.length() && script.charAt(at) != quote) {
            at += escapes && script.charAt(at) == '\\' ? 2 : 1;
        }
        at = Math.min(at + 1, script.length());
        statement.append(script, from, at);
    }

    private void finish() {
        String text = statement.toString().strip();
        if (!text.isEmpty()) {
            statements.add(text);
        }
        statement.setLength(0);
    }
}
