package io.croft.engine.analytics;

import io.croft.OrgId;
import io.croft.engine.analytics.SearchEvent.Cell;
import io.croft.engine.analytics.SearchEvent.Searched;
import io.croft.spi.SearchBatch;
import io.croft.spi.SearchBatch.HourCounts;
import io.croft.spi.SearchBatch.TextCount;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What has been counted and not yet stored, at most {@value SearchBatch#MAX_HOURS} cells and
 * {@value SearchBatch#MAX_TEXTS} texts. It grows with orgs and hours, not with searches, so a long absence of the
 * database fits. Used by one thread.
 */
final class Pending {

    private static final int HOURS_A_DAY = 24;
    private static final int SECONDS_AN_HOUR = 3600;

    private Map<Cell, Tally> tallies = new HashMap<>();
    private Map<Text, long[]> texts = new LinkedHashMap<>();

    boolean isEmpty() {
        return tallies.isEmpty() && texts.isEmpty();
    }

    /** Counts an event; returns whether there was room. */
    boolean add(SearchEvent event) {
        Tally tally = tally(event.cell());
        if (tally == null) {
            return false;
        }
        tally.add(event);
        return true;
    }

    /** Counts events that were dropped; returns whether there was room. */
    boolean addDropped(Cell cell, long events) {
        Tally tally = tally(cell);
        if (tally == null) {
            return false;
        }
        tally.addDropped(events);
        return true;
    }

    private @Nullable Tally tally(Cell cell) {
        if (tallies.size() >= SearchBatch.MAX_HOURS) {
            return tallies.get(cell);
        }
        return tallies.computeIfAbsent(cell, key -> new Tally());
    }

    /** Counts the text of a search, if there is room. */
    void addText(Searched search) {
        String counted = QueryTexts.counted(search.text());
        if (counted.isEmpty()) {
            return;
        }
        Text text = new Text(search.cell().org(), search.cell().incarnation(),
                search.cell().epochHour() / HOURS_A_DAY, counted);
        long[] counts = texts.size() >= SearchBatch.MAX_TEXTS
                ? texts.get(text)
                : texts.computeIfAbsent(text, key -> new long[2]);
        if (counts != null) {
            counts[0]++;
            counts[1] += search.isZeroResult() ? 1 : 0;
        }
    }

    /** Whose texts are waiting. */
    Set<OrgId> orgsWithTexts() {
        return texts.keySet().stream().map(Text::org).collect(Collectors.toSet());
    }

    /** Turns all that was counted into a batch and begins anew. */
    SearchBatch take(UUID writer, long number, Set<OrgId> keepingTexts) {
        List<HourCounts> hours = new ArrayList<>(tallies.size());
        tallies.forEach((cell, tally) -> hours.add(new HourCounts(cell.org(), cell.incarnation(),
                Instant.ofEpochSecond(cell.epochHour() * SECONDS_AN_HOUR), cell.mode(), tally.counts())));
        List<TextCount> kept = new ArrayList<>();
        texts.forEach((text, counts) -> {
            if (keepingTexts.contains(text.org())) {
                kept.add(new TextCount(text.org(), text.incarnation(), LocalDate.ofEpochDay(text.epochDay()),
                        text.text(), counts[0], counts[1]));
            }
        });
        tallies = new HashMap<>();
        texts = new LinkedHashMap<>();
        return new SearchBatch(writer, number, hours, kept);
    }

    private record Text(OrgId org, UUID incarnation, long epochDay, String text) {
    }
}
