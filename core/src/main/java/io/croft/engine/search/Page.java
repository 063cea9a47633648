package io.croft.engine.search;

import io.croft.search.Phrases;
import io.croft.search.RelevanceScorer.Tops;
import io.croft.spi.QueryText;
import io.croft.spi.QueryText.Correction;
import io.croft.spi.TextStatistics;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;

/**
 * What a later page must know of those before it, so that it goes on as they began.
 *
 * @param began       when the first page was asked for: age is counted from then
 * @param statistics  of the query's terms, as the first page had them
 * @param corrections of its words, as the first page had them
 * @param phrases     {@link Phrases#PREFER} if the first page did without its phrases, else they must occur
 * @param tops        the greatest signals of the first page's candidates
 * @param last        the last hit's place; empty where the order is not that of scores alone
 * @param shown       the mark of each hit so far
 * @param marks       makes them
 */
record Page(Instant began, TextStatistics statistics, List<Correction> corrections, Phrases phrases, Tops tops,
        Optional<Position> last, Set<Long> shown, Marks marks) {

    Page {
        corrections = List.copyOf(corrections);
        shown = Collections.unmodifiableSet(new LinkedHashSet<>(shown));
    }

    /** Before the first page, of which this is known. */
    Page(Instant began, Wording wording, Tops tops, Marks marks) {
        this(began, wording.statistics(), wording.text().corrections(),
                wording.unmet().isEmpty() ? Phrases.REQUIRE : Phrases.PREFER, tops, Optional.empty(), Set.of(),
                marks);
    }

    /** The words that the first page searched, of the query's text. */
    Wording wording(String text) {
        Wording wording = new Wording(QueryText.of(text).with(corrections), statistics, List.of());
        return switch (phrases) {
            case REQUIRE -> wording;
            case PREFER -> wording.withoutPhrases();
        };
    }

    /** The page after one with these hits, where the order is that of scores alone. */
    Page afterLast(List<Ranked> hits) {
        return after(hits, Optional.of(hits.getLast().position()));
    }

    /** The page after one with these hits, where the order is another. */
    Page afterShown(List<Ranked> hits) {
        return after(hits, Optional.empty());
    }

    private Page after(List<Ranked> hits, Optional<Position> end) {
        Set<Long> more = new LinkedHashSet<>(shown);
        ToLongFunction<Ranked> marking = marks.maker();
        hits.forEach(hit -> more.add(marking.applyAsLong(hit)));
        return new Page(began, statistics, corrections, phrases, tops, end, more, marks);
    }

    /**
     * What of this order is left: what was not shown, and was not written since the first page while it stands before
     * the last hit.
     */
    List<Ranked> rest(List<Ranked> order) {
        if (shown.isEmpty()) {
            return order;
        }
        List<Ranked> rest = new ArrayList<>(order.size());
        boolean[] wasShown = wasShown(order);
        int before = last.isPresent() ? firstAfter(last.get(), order) : afterLastShown(order, wasShown);
        for (int i = 0; i < order.size(); i++) {
            if (!wasShown[i] && (i >= before || !isNew(order.get(i)))) {
                rest.add(order.get(i));
            }
        }
        return rest;
    }

    private static int firstAfter(Position position, List<Ranked> order) {
        int first = 0;
        while (first < order.size() && order.get(first).position().compareTo(position) < 0) {
            first++;
        }
        return first;
    }

    /** Where the order is another one than that of scores, the hits themselves say how far the pages have come. */
    private int afterLastShown(List<Ranked> order, boolean[] wasShown) {
        for (int i = order.size(); i > 0; i--) {
            if (wasShown[i - 1] && !isNew(order.get(i - 1))) {
                return i;
            }
        }
        return 0;
    }

    private boolean[] wasShown(List<Ranked> order) {
        ToLongFunction<Ranked> marking = marks.maker();
        boolean[] wasShown = new boolean[order.size()];
        for (int i = 0; i < wasShown.length; i++) {
            wasShown[i] = shown.contains(marking.applyAsLong(order.get(i)));
        }
        return wasShown;
    }

    private boolean isNew(Ranked ranked) {
        return ranked.candidate().traits().updatedAt().isAfter(began);
    }
}
