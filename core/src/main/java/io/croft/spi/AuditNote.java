package io.croft.spi;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.input.Ids;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What is to be written down of something that administration does.
 *
 * @param by      who, and in which request
 * @param org     whose data or settings; empty for what concerns all organisations
 * @param action  what: 1 to {@value #MAX_ACTION_CHARS} letters, digits, dots and underscores
 * @param subject to what: one line of at most {@value #MAX_SUBJECT_CHARS} characters, may be empty
 * @param before  what was set before: at most {@value #MAX_VALUES} values of at most {@value #MAX_VALUE_CHARS}
 *                characters; names, numbers and ids, never texts, reasons or secrets
 * @param after   what is set from now on, or what was done, with the same bounds
 */
public record AuditNote(Acting by, Optional<OrgId> org, String action, String subject, Map<String, String> before,
        Map<String, String> after) {

    /** The longest name of an action. */
    public static final int MAX_ACTION_CHARS = 64;

    /** The longest subject. */
    public static final int MAX_SUBJECT_CHARS = 255;

    /** The most values before, and after. */
    public static final int MAX_VALUES = 32;

    /** The longest value. */
    public static final int MAX_VALUE_CHARS = 1024;

    private static final Pattern ACTION = Pattern.compile("[A-Za-z0-9._]{1," + MAX_ACTION_CHARS + "}");

    public AuditNote {
        Objects.requireNonNull(by, "by");
        Objects.requireNonNull(org, "org");
        if (!ACTION.matcher(action).matches()) {
            throw new InvalidInputException("an action must be 1 to " + MAX_ACTION_CHARS
                    + " letters, digits, dots and underscores");
        }
        if (subject.length() > MAX_SUBJECT_CHARS) {
            throw new InvalidInputException("the subject of " + action + " has " + subject.length()
                    + " characters; the most are " + MAX_SUBJECT_CHARS);
        }
        Ids.checkLine("subject of " + action, subject);
        before = checked(action, before);
        after = checked(action, after);
    }

    private static Map<String, String> checked(String action, Map<String, String> values) {
        if (values.size() > MAX_VALUES) {
            throw new InvalidInputException(action + " names " + values.size() + " values; the most are " + MAX_VALUES);
        }
        values.forEach((name, value) -> {
            Ids.checkFieldName("name of a value of " + action, name);
            if (value.length() > MAX_VALUE_CHARS) {
                throw new InvalidInputException("the value " + name + " of " + action + " has " + value.length()
                        + " characters; the most are " + MAX_VALUE_CHARS);
            }
            Ids.checkLine("the value " + name + " of " + action, value);
        });
        return Map.copyOf(values);
    }
}
