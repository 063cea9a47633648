package io.croft.search;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * One document or listing that was found, by its best chunk. Immutable.
 *
 * @param source  where it was found
 * @param org     whose it is: the asking organisation's for a private hit, the publisher's for a listing
 * @param id      the document's or listing's id
 * @param title   its title, may be empty
 * @param score   the rank's value, greater is better; comparable within one answer, except between hits that a
 *                reranker scored and those behind them
 * @param signals what the score was made from, in absolute units
 * @param snippet the part of the best chunk that answers, plain text, up to about 300 characters
 * @param matches where the snippet has words or phrases of the query, or words that stand in for them: in order, not
 *                overlapping
 * @param chunk   which chunk of it is the best, from 0
 * @param fields  its fields
 */
public record Hit(Source source, OrgId org, String id, String title, Score score, Signals signals, String snippet,
        List<Range> matches, int chunk, Map<String, String> fields) {

    public Hit {
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(org, "org");
        Objects.requireNonNull(score, "score");
        Objects.requireNonNull(signals, "signals");
        matches = List.copyOf(matches);
        int at = 0;
        for (Range range : matches) {
            if (range.start() < at || range.end() > snippet.length()) {
                throw new InvalidInputException(range + " is no match after " + at + " in a snippet of "
                        + snippet.length() + " characters: matches are in order and do not overlap");
            }
            at = range.end();
        }
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    /**
     * The snippet as HTML, with each match inside {@code <mark>…</mark>}. Everything else is escaped, so that it may
     * stand between any tags, and in a quoted attribute if the marks are taken out. Characters that turn the direction
     * of what follows (embeddings, overrides and isolates, U+202A to U+202E and U+2066 to U+2069) are left out: one
     * that is never closed would turn the page behind the snippet. Right-to-left scripts and the marks U+200E and
     * U+200F stay as they are; put the whole into {@code <bdi>} where text of both directions stands around it.
     */
    public String snippetHtml() {
        StringBuilder html = new StringBuilder(snippet.length() + 16 * matches.size() + 16);
        int at = 0;
        for (Range range : matches) {
            escape(at, range.start(), html);
            html.append("<mark>");
            escape(range.start(), range.end(), html);
            html.append("</mark>");
            at = range.end();
        }
        escape(at, snippet.length(), html);
        return html.toString();
    }

    private void escape(int start, int end, StringBuilder html) {
        for (int i = start; i < end; i++) {
            char c = snippet.charAt(i);
            switch (c) {
                case '&' -> html.append("&amp;");
                case '<' -> html.append("&lt;");
                case '>' -> html.append("&gt;");
                case '"' -> html.append("&quot;");
                case '\'' -> html.append("&#39;");
                case '\u202a', '\u202b', '\u202c', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u2069' -> {
                }
                default -> html.append(c);
            }
        }
    }

    /**
     * A stretch of a text.
     *
     * @param start where it begins, in UTF-16 units
     * @param end   where it ends, exclusive
     */
    public record Range(int start, int end) {

        public Range {
            if (start < 0 || end <= start) {
                throw new InvalidInputException("from " + start + " to " + end + " is no stretch of a text");
            }
        }
    }

    /** Where it is and its score, without texts and values. */
    @Override
    public String toString() {
        return "Hit[source=" + source + ", org=" + org + ", id=" + id + ", chunk=" + chunk + ", score=" + score.value()
                + "]";
    }
}
