package io.croft.cron;

import io.croft.InvalidInputException;
import io.croft.input.Ids;
import java.util.ArrayList;
import java.util.List;

/** The text of an expression, its parts by their places, and what is said of one that is wrong. */
final class CronSyntax {

    /** The longest expression, in characters. */
    static final int MAX_CHARS = 255;

    private final String expression;

    CronSyntax(String expression) {
        if (expression.isBlank() || expression.length() > MAX_CHARS) {
            throw new InvalidInputException("a cron expression has " + expression.length()
                    + " characters and must have 1 to " + MAX_CHARS + ", not all blank: such as 0 3 * * *");
        }
        Ids.checkLine("cron expression", expression);
        this.expression = expression;
    }

    /**
     * A piece of the expression.
     *
     * @param text what it says
     * @param at   where it begins, from 0
     */
    record Part(String text, int at) {

        Part sub(int from, int to) {
            return new Part(text.substring(from, to), at + from);
        }

        List<Part> split(char separator) {
            List<Part> parts = new ArrayList<>();
            int from = 0;
            for (int i = 0; i <= text.length(); i++) {
                if (i == text.length() || text.charAt(i) == separator) {
                    parts.add(sub(from, i));
                    from = i + 1;
                }
            }
            return parts;
        }
    }

    /** The fields: what stands between blanks. */
    List<Part> fields() {
        return new Part(expression, 0).split(' ').stream().filter(part -> !part.text().isEmpty()).toList();
    }

    /** An error that names the expression, the place in it and what to do. */
    InvalidInputException refused(Part part, String why, String remedy) {
        return new InvalidInputException("cron expression \"" + expression + "\" at character " + (part.at() + 1)
                + ": \"" + part.text() + "\" is " + why + "; " + remedy);
    }

    /** The same for the expression as a whole. */
    InvalidInputException refused(String why, String remedy) {
        return new InvalidInputException("cron expression \"" + expression + "\" " + why + "; " + remedy);
    }
}
