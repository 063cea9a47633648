package io.croft.cron;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The moments at which a cron expression occurs in a time zone.
 *
 * <p>Where the zone's clocks are put forward, the times that do not exist are one moment, that of the change: a job of
 * half past two runs once, right after the gap. Where they are put back, some times exist twice: an expression for
 * certain hours occurs at the first of both alone, one for every hour at both, since it means a rhythm. That is what
 * cron itself does since Vixie's version 3 of 1993. Immutable.
 */
public final class CronTimes {

    private final CronExpression cron;
    private final ZoneRules rules;

    public CronTimes(CronExpression cron, ZoneId zone) {
        this.cron = cron;
        this.rules = zone.getRules();
    }

    /** The first moment after this one; empty if there is none within 48 years. */
    public Optional<Instant> after(Instant time) {
        Optional<Instant> first = firstPass(time);
        if (!cron.isOfEveryHour()) {
            return first;
        }
        Optional<Instant> second = secondPass(time, rules.previousTransition(time.plusNanos(1)))
                .or(() -> secondPass(time, rules.nextTransition(time)));
        return second.isPresent() && (first.isEmpty() || second.get().isBefore(first.get())) ? second : first;
    }

    /** Counts each local time once. Moments rise with local times, so the first one that is later will do. */
    private Optional<Instant> firstPass(Instant time) {
        LocalDateTime from = afterSecond(LocalDateTime.ofInstant(time, rules.getOffset(time)));
        Optional<LocalDateTime> local = cron.next(from);
        while (local.isPresent() && !moment(local.get()).isAfter(time)) {
            // Only in the second pass of a doubled time: all of it is over.
            ZoneOffsetTransition doubled = rules.getTransition(local.get());
            local = cron.next(doubled == null ? afterSecond(local.get()) : doubled.getDateTimeBefore());
        }
        return local.map(this::moment);
    }

    private static LocalDateTime afterSecond(LocalDateTime local) {
        return local.withNano(0).plusSeconds(1);
    }

    /** When this local time comes first, or would have come. */
    private Instant moment(LocalDateTime local) {
        ZoneOffsetTransition change = rules.getTransition(local);
        if (change != null && change.isGap()) {
            return change.getInstant();
        }
        ZoneOffset offset = change == null ? rules.getOffset(local) : change.getOffsetBefore();
        return local.toInstant(offset);
    }

    /** The first moment after this one at which a doubled time comes again. */
    private Optional<Instant> secondPass(Instant time, @Nullable ZoneOffsetTransition change) {
        if (change == null || change.isGap()) {
            return Optional.empty();
        }
        LocalDateTime from = time.isBefore(change.getInstant())
                ? change.getDateTimeAfter()
                : afterSecond(LocalDateTime.ofInstant(time, change.getOffsetAfter()));
        return cron.next(from).filter(local -> local.isBefore(change.getDateTimeBefore()))
                .map(local -> local.toInstant(change.getOffsetAfter()));
    }
}
