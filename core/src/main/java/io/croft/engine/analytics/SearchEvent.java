package io.croft.engine.analytics;

import io.croft.OrgId;
import io.croft.search.SearchMode;
import io.croft.search.Source;
import java.util.UUID;

/** What is recorded of one call, as small as it can be: it waits in memory. */
sealed interface SearchEvent {

    /** Where it is counted. */
    Cell cell();

    /**
     * One life of an organisation, one hour, one mode.
     *
     * @param org         the organisation
     * @param incarnation its life
     * @param epochHour   the hour, counted from 1970
     * @param mode        the mode
     */
    record Cell(OrgId org, UUID incarnation, long epochHour, SearchMode mode) {
    }

    /**
     * A search that was answered.
     *
     * @param cell              where it is counted
     * @param nanos             how long it took
     * @param privateHits       how many private hits it showed
     * @param marketHits        how many of the marketplace
     * @param privateIncomplete whether the private source was incomplete
     * @param marketIncomplete  whether the marketplace was
     * @param text              the beginning of its text; may be empty
     * @param requestId         the request
     */
    record Searched(Cell cell, long nanos, int privateHits, int marketHits, boolean privateIncomplete,
            boolean marketIncomplete, String text, String requestId) implements SearchEvent {

        /** Whether every source was asked in vain. */
        boolean isZeroResult() {
            return privateHits + marketHits == 0 && !privateIncomplete && !marketIncomplete;
        }
    }

    /**
     * A hit that was clicked.
     *
     * @param cell   where its search was counted
     * @param source where the hit came from
     * @param place  its place in the answer, from 1
     */
    record Clicked(Cell cell, Source source, int place) implements SearchEvent {
    }
}
