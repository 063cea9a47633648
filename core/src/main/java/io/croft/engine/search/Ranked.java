package io.croft.engine.search;

import io.croft.search.Score;
import io.croft.search.Signals;
import io.croft.search.Source;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexSession.Candidate;

/**
 * A candidate with its score.
 *
 * @param candidate as its session knows it
 * @param signals   what the score was made from
 * @param score     the score
 */
record Ranked(Candidate candidate, Signals signals, Score score) {

    Position position() {
        return new Position(score.value(), signals.source(), candidate.key(), candidate.ordinal());
    }

    Place place() {
        return new Place(signals.source(), candidate.key());
    }

    Ranked scored(Score other) {
        return new Ranked(candidate, signals, other);
    }

    /**
     * The document that a candidate is of.
     *
     * @param source where it is: an organisation's document and its listing may have the same key
     * @param key    whose it is, and its id
     */
    record Place(Source source, ContentKey key) {
    }
}
