package io.croft.spi;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.search.SearchMode;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

/**
 * What one process has counted since its last batch.
 *
 * @param writer the process's random id
 * @param number greater than that of the writer's last batch
 * @param hours  at most {@value #MAX_HOURS}, each org, hour and mode once
 * @param texts  at most {@value #MAX_TEXTS}, each org, day and text once
 */
public record SearchBatch(UUID writer, long number, List<HourCounts> hours, List<TextCount> texts) {

    /** The most counts of an hour in one batch. */
    public static final int MAX_HOURS = 10_000;
    /** The most texts in one batch. */
    public static final int MAX_TEXTS = 10_000;
    /** The longest text, in UTF-16 units. */
    public static final int MAX_TEXT_LENGTH = 200;

    public SearchBatch {
        Objects.requireNonNull(writer, "writer");
        hours = List.copyOf(hours);
        texts = List.copyOf(texts);
        if (hours.size() > MAX_HOURS || texts.size() > MAX_TEXTS) {
            throw new InvalidInputException("a batch of " + hours.size() + " hours and " + texts.size()
                    + " texts: the most are " + MAX_HOURS + " and " + MAX_TEXTS);
        }
    }

    /**
     * Searches of one organisation in one hour and mode.
     *
     * @param org         the organisation
     * @param incarnation the life of it that searched
     * @param hour        the beginning of the hour, UTC
     * @param mode        the mode
     * @param counts      the searches
     */
    public record HourCounts(OrgId org, UUID incarnation, Instant hour, SearchMode mode, SearchCounts counts) {
    }

    /**
     * How often one organisation asked one text on one day.
     *
     * @param org         the organisation
     * @param incarnation the life of it that searched
     * @param day         the day, UTC
     * @param text        the text, without control characters
     * @param searches    how often it was asked
     * @param zeroResults how often it had no hit
     */
    public record TextCount(OrgId org, UUID incarnation, LocalDate day, String text, long searches, long zeroResults) {

        public TextCount {
            if (text.isEmpty() || text.length() > MAX_TEXT_LENGTH) {
                throw new InvalidInputException("a text of " + text.length() + " characters: 1 to " + MAX_TEXT_LENGTH
                        + " can be kept");
            }
        }
    }
}
