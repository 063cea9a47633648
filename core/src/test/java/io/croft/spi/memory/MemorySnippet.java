package io.croft.spi.memory;

import io.croft.search.Hit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The stretch around the first word of a query that occurs in a text, or else the beginning.
 *
 * @param text    the stretch
 * @param matches where it has words of the query
 */
record MemorySnippet(String text, List<Hit.Range> matches) {

    private static final int CHARS = 300;
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+");

    static MemorySnippet of(String text, Set<String> words) {
        int at = matches(text, words).stream().mapToInt(Hit.Range::start).findFirst().orElse(0);
        int start = Math.max(0, Math.min(at - CHARS / 2, text.length() - CHARS));
        int end = Math.min(text.length(), start + CHARS);
        String stretch = text.substring(isInsidePair(text, start) ? start + 1 : start,
                isInsidePair(text, end) ? end - 1 : end);
        return new MemorySnippet(stretch, matches(stretch, words));
    }

    private static boolean isInsidePair(String text, int at) {
        return at > 0 && at < text.length() && Character.isSurrogatePair(text.charAt(at - 1), text.charAt(at));
    }

    private static List<Hit.Range> matches(String text, Set<String> words) {
        List<Hit.Range> matches = new ArrayList<>();
        Matcher matcher = WORD.matcher(text);
        while (matcher.find()) {
            if (words.contains(matcher.group().toLowerCase(Locale.ROOT))) {
                matches.add(new Hit.Range(matcher.start(), matcher.end()));
            }
        }
        return matches;
    }
}
