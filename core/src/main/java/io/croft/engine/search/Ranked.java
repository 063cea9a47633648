package io.croft.engine.search;

import io.croft.search.Score;
import io.croft.search.Signals;
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

    Ranked scored(Score other) {
        return new Ranked(candidate, signals, other);
    }
}
