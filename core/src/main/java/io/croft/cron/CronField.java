package io.croft.cron;

import java.util.List;
import java.util.Locale;

/**
 * One field of a cron expression, as the set of its values: bit {@code n} of {@link #bits} says that {@code n} is one.
 *
 * @param bits the values
 * @param open whether it begins with {@code *} or {@code ?} and so does not restrict days by itself
 */
record CronField(long bits, boolean open) {

    /** What a field may hold. The names stand for the numbers from {@code firstName} on. */
    enum Kind {
        SECOND("second", 0, 59, "", 0),
        MINUTE("minute", 0, 59, "", 0),
        HOUR("hour", 0, 23, "", 0),
        DAY_OF_MONTH("day of month", 1, 31, "", 0),
        MONTH("month", 1, 12, "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC", 1),
        /** 0 and 7 are Sunday. */
        DAY_OF_WEEK("day of week", 0, 7, "SUN MON TUE WED THU FRI SAT", 0);

        private final String words;
        private final int least;
        private final int most;
        private final String names;
        private final int firstName;

        Kind(String words, int least, int most, String names, int firstName) {
            this.words = words;
            this.least = least;
            this.most = most;
            this.names = names;
            this.firstName = firstName;
        }

        /** The number of a name; -1 if it is none. */
        private int named(String text) {
            int name = List.of(names.split(" ", -1)).indexOf(text.toUpperCase(Locale.ROOT));
            return name < 0 || text.isEmpty() ? -1 : name + firstName;
        }
    }

    boolean has(int value) {
        return (bits >>> value & 1) == 1;
    }

    /** The least value that is no less; -1 if there is none. */
    int next(int value) {
        long rest = value > 63 ? 0 : bits & -1L << value;
        return rest == 0 ? -1 : Long.numberOfTrailingZeros(rest);
    }

    /** Reads a whole field: parts with commas between them. */
    static CronField parse(CronSyntax syntax, CronSyntax.Part field, Kind kind) {
        long bits = 0;
        for (CronSyntax.Part part : field.split(',')) {
            bits |= parsePart(syntax, part, kind);
        }
        return new CronField(bits, isOpen(field));
    }

    static boolean isOpen(CronSyntax.Part field) {
        return field.text().startsWith("*") || field.text().startsWith("?");
    }

    /** Reads {@code *}, {@code n}, {@code a-b}, and each with {@code /step}. */
    private static long parsePart(CronSyntax syntax, CronSyntax.Part part, Kind kind) {
        int slash = part.text().indexOf('/');
        CronSyntax.Part range = slash < 0 ? part : part.sub(0, slash);
        int step = slash < 0 ? 1 : step(syntax, part.sub(slash + 1, part.text().length()), kind);
        int from;
        int to;
        int dash = range.text().indexOf('-', 1);
        if (range.text().equals("*") || (range.text().equals("?") && isOfDays(kind))) {
            from = kind.least;
            to = kind == Kind.DAY_OF_WEEK ? 6 : kind.most;
        } else if (dash > 0) {
            from = value(syntax, range.sub(0, dash), kind);
            CronSyntax.Part end = range.sub(dash + 1, range.text().length());
            to = value(syntax, end, kind);
            to = kind == Kind.DAY_OF_WEEK && to == 0 && from > 0 ? 7 : to;
            if (to < from) {
                throw syntax.refused(range, "a range that runs backwards",
                        "write it as two: " + range.text().substring(0, dash) + "-" + kind.most + "," + kind.least + "-"
                                + end.text());
            }
        } else {
            from = value(syntax, range, kind);
            to = slash < 0 ? from : kind.most;
        }
        long bits = 0;
        for (int value = from; value <= to; value += step) {
            bits |= 1L << (kind == Kind.DAY_OF_WEEK ? value % 7 : value);
        }
        return bits;
    }

    private static boolean isOfDays(Kind kind) {
        return kind == Kind.DAY_OF_MONTH || kind == Kind.DAY_OF_WEEK;
    }

    private static int step(CronSyntax syntax, CronSyntax.Part part, Kind kind) {
        int step = number(part.text());
        if (step < 1 || step > kind.most) {
            throw syntax.refused(part, "no step for the " + kind.words,
                    "give a number from 1 to " + kind.most + " behind the slash");
        }
        return step;
    }

    /** Reads one number or name. */
    static int value(CronSyntax syntax, CronSyntax.Part part, Kind kind) {
        int name = kind.named(part.text());
        int value = name < 0 ? number(part.text()) : name;
        if (value < kind.least || value > kind.most) {
            throw syntax.refused(part, "no " + kind.words, "use " + kind.least + " to " + kind.most
                    + (kind.names.isEmpty() ? "" : " or a name of " + kind.names)
                    + ", or *");
        }
        return value;
    }

    /** Up to three digits; -1 if it is anything else. */
    static int number(String text) {
        if (text.isEmpty() || text.length() > 3 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return -1;
        }
        return Integer.parseInt(text);
    }
}
