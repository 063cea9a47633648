package io.croft.engine.search;

import io.croft.search.Boost;
import io.croft.search.Score;
import io.croft.search.Source;
import io.croft.spi.IndexSession.Candidate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What counts beside the query: one part more for each boost, also where it adds nothing, so that every hit of an
 * answer has the same parts. What was written in the future counts as written now.
 */
final class Priors {

    private final List<Boost> boosts;
    private final Instant now;

    Priors(List<Boost> boosts, Instant now) {
        this.boosts = boosts;
        this.now = now;
    }

    /** The fields whose numbers count, of these boosts. */
    static Set<String> fields(List<Boost> boosts) {
        Set<String> fields = new LinkedHashSet<>();
        for (Boost boost : boosts) {
            if (boost instanceof Boost.ByField field) {
                fields.add(field.field());
            }
        }
        return fields;
    }

    Score added(Score score, Source source, Candidate candidate) {
        if (boosts.isEmpty()) {
            return score;
        }
        List<Score.Part> parts = new ArrayList<>(score.parts());
        for (Boost boost : boosts) {
            parts.add(new Score.Part(boost.part(), part(boost, source, candidate)));
        }
        return Score.of(parts);
    }

    private double part(Boost boost, Source source, Candidate candidate) {
        return switch (boost) {
            case Boost.Recency recency -> {
                double age = Math.max(0, seconds(Duration.between(candidate.traits().updatedAt(), now)));
                yield recency.weight() * Math.pow(2, -age / seconds(recency.halfLife()));
            }
            case Boost.BySource one -> one.source() == source ? one.weight() : 0;
            case Boost.ByField field -> {
                Double value = candidate.traits().numbers().get(field.field());
                yield value == null ? 0 : field.of(value);
            }
        };
    }

    private static double seconds(Duration duration) {
        return duration.getSeconds() + duration.getNano() / 1e9;
    }
}
