package io.croft.pg.queue;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.job.JobId;
import io.croft.job.JobPriority;
import io.croft.job.JobSchedule;
import io.croft.job.JobSchedule.Missed;
import io.croft.job.JobSchedule.Overlap;
import io.croft.job.JobSchedule.Timing;
import io.croft.job.ScheduleStatus;
import io.croft.spi.ScheduleStore.Due;
import io.croft.spi.ScheduleStore.DueSchedule;
import io.croft.spi.ScheduleStore.ScheduleId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Schedules as rows have them. */
final class ScheduleRows {

    private ScheduleRows() {
    }

    static ScheduleStatus status(Optional<OrgId> org, ResultSet row) throws SQLException {
        boolean paused = row.getBoolean("paused");
        Kept kept = Kept.of(row);
        Optional<String> unread = kept.problem();
        Optional<String> problem = Optional.ofNullable(row.getString("problem")).or(() -> unread);
        String tags = row.getString("tags");
        long lastJob = row.getLong("last_job_id");
        return new ScheduleStatus(org, row.getString("name"),
                unread.isPresent() ? Optional.empty() : Optional.of(kept.schedule()), row.getString("kind"),
                row.getString("queue"), row.getString("payload"), JobPriority.ofLevel(row.getInt("priority")),
                tags == null ? Set.of() : Set.copyOf(tags.lines().toList()), row.getInt("max_attempts"), paused,
                JobRows.time(row, "next_at").filter(at -> !paused && problem.isEmpty()),
                JobRows.time(row, "last_time"), JobRows.time(row, "last_fired_at"),
                lastJob == 0 ? Optional.empty() : Optional.of(new JobId(lastJob)), row.getLong("fired"),
                row.getLong("missed_times"), row.getLong("overlapped"), problem);
    }

    /** A row whose schedule is null says that nothing is due. */
    static Due due(ResultSet rows) throws SQLException {
        List<DueSchedule> due = new ArrayList<>();
        Instant now = Instant.EPOCH;
        Optional<Duration> wait = Optional.empty();
        while (rows.next()) {
            now = JobRows.time(rows, "now").orElseThrow();
            long micros = rows.getLong("wait_us");
            wait = rows.wasNull() ? Optional.empty() : Optional.of(Duration.of(micros, ChronoUnit.MICROS));
            if (rows.getObject("schedule_id") != null) {
                due.add(dueSchedule(rows));
            }
        }
        return new Due(now, due, wait);
    }

    private static DueSchedule dueSchedule(ResultSet row) throws SQLException {
        Optional<OrgId> org = Optional.ofNullable(row.getObject("org_id", UUID.class)).map(OrgId::of);
        return new DueSchedule(row.getLong("schedule_id"), row.getLong("revision"),
                new ScheduleId(org, row.getString("name")), Kept.of(row)::schedule, row.getString("queue"),
                JobRows.time(row, "planned_at").orElseThrow());
    }

    /**
     * When, as a row says it; what is written past the API need not make a schedule.
     *
     * @param cron       none: an interval
     * @param zone       of the expression
     * @param every      the interval
     * @param jitter     the most that a time is put off
     * @param missed     how many missed times are made up for
     * @param missedEach whether each of them is
     * @param overlap    the rule's number
     * @param timeField  the field that gets the time
     */
    private record Kept(@Nullable String cron, @Nullable String zone, Duration every, Duration jitter, int missed,
            boolean missedEach, int overlap, @Nullable String timeField) {

        static Kept of(ResultSet row) throws SQLException {
            return new Kept(row.getString("cron"), row.getString("zone"), Duration.ofMillis(row.getLong("every_ms")),
                    Duration.ofMillis(row.getLong("jitter_ms")), row.getInt("missed"), row.getBoolean("missed_each"),
                    row.getInt("overlap"), row.getString("time_field"));
        }

        JobSchedule schedule() {
            Timing timing = cron == null || zone == null ? new Timing.Every(every) : new Timing.Cron(cron, zone);
            JobSchedule schedule = JobSchedule.of(timing)
                    .withMissed(missed == 0
                            ? new Missed.Skip()
                            : missedEach ? new Missed.Each(missed) : new Missed.Once())
                    .withOverlap(overlap == number(Overlap.ALLOW) ? Overlap.ALLOW : Overlap.SKIP)
                    .withJitter(jitter);
            return timeField == null ? schedule : schedule.withTimeField(timeField);
        }

        /** Why it makes no schedule here; empty if it makes one. */
        Optional<String> problem() {
            try {
                schedule();
                return Optional.empty();
            } catch (InvalidInputException e) {
                return Optional.of("this process cannot read the schedule: " + e.getMessage());
            }
        }
    }

    static @Nullable String cron(Timing timing) {
        return timing instanceof Timing.Cron cron ? cron.expression() : null;
    }

    static @Nullable String zone(Timing timing) {
        return timing instanceof Timing.Cron cron ? cron.zone() : null;
    }

    /** 0 for none. */
    static long everyMillis(Timing timing) {
        return timing instanceof Timing.Every(Duration interval) ? interval.toMillis() : 0;
    }

    /** How many missed times are made up for. */
    static int number(Missed missed) {
        return switch (missed) {
            case Missed.Skip skip -> 0;
            case Missed.Once once -> 1;
            case Missed.Each each -> each.most();
        };
    }

    /** Its number in the database. */
    static int number(Overlap overlap) {
        return switch (overlap) {
            case ALLOW -> 1;
            case SKIP -> 2;
        };
    }
}
