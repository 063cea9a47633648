package io.croft.engine.search;

import io.croft.spi.QueryText;
import io.croft.spi.TextStatistics;
import java.util.List;

/**
 * The words that a query searches.
 *
 * @param text       the words, with their corrections
 * @param statistics how common they are
 * @param unmet      the phrases that count as plain words because nothing has all of them
 */
record Wording(QueryText text, TextStatistics statistics, List<String> unmet) {

    Wording {
        unmet = List.copyOf(unmet);
    }

    /** The same words without conditions. */
    Wording withoutPhrases() {
        return new Wording(text.withoutPhrases(), statistics, text.phrases());
    }
}
