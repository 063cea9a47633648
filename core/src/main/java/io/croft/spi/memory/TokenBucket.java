package io.croft.spi.memory;

import io.croft.job.RateLimit;
import java.time.Duration;
import java.time.Instant;

/** A rate limit as it stands. Guarded by the world. */
final class TokenBucket {

    /** Of a token, for rounding. */
    private static final double SLACK = 1e-6;

    private RateLimit limit;
    private double tokens;
    private Instant countedAt;

    TokenBucket(RateLimit limit, Instant now) {
        this.limit = limit;
        this.tokens = limit.burst();
        this.countedAt = now;
    }

    void change(RateLimit next, Instant now) {
        count(now);
        limit = next;
        tokens = Math.min(tokens, next.burst());
    }

    void take(Instant now) {
        count(now);
        tokens--;
    }

    /** How long until a whole token is there; zero if one is. */
    Duration untilNext(Instant now) {
        count(now);
        return tokens >= 1 - SLACK
                ? Duration.ZERO
                : Duration.ofNanos((long) Math.ceil((1 - tokens) / limit.perSecond() * 1e9));
    }

    private void count(Instant now) {
        double seconds = Duration.between(countedAt, now).toNanos() / 1e9;
        tokens = Math.min(limit.burst(), tokens + Math.max(0, seconds) * limit.perSecond());
        countedAt = now;
    }
}
