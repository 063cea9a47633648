package io.croft.spi.memory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.job.Job;
import io.croft.job.JobId;
import io.croft.job.JobRequest;
import io.croft.job.JobSchedule;
import io.croft.job.JobSchedule.Missed;
import io.croft.job.JobSchedule.Overlap;
import io.croft.job.JobSchedules;
import io.croft.job.ScheduleStatus;
import io.croft.spi.ScheduleStore;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Schedules in memory. */
final class MemorySchedules implements ScheduleStore {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);
    private static final int MAX_LIVE = 100;
    private static final Comparator<OrgId> BY_ID = Comparator.comparing(OrgId::toString);

    private final World world;
    private final MemoryJobs jobs;
    @GuardedBy("world")
    private final Map<ScheduleId, Kept> schedules = new HashMap<>();
    @GuardedBy("world")
    private final List<Round> rounds = new ArrayList<>();
    @GuardedBy("world")
    private long counter;

    MemorySchedules(World world, MemoryJobs jobs) {
        this.world = world;
        this.jobs = jobs;
    }

    private static final class Kept {
        private final long id;
        private final ScheduleId key;
        private JobSchedule schedule;
        private JobRequest job;
        private Times next;
        private long revision = 1;
        private boolean paused;
        private Optional<String> problem = Optional.empty();
        private Optional<Instant> lastTime = Optional.empty();
        private Optional<Instant> lastFiredAt = Optional.empty();
        private Optional<JobId> lastJob = Optional.empty();
        private List<JobId> live = List.of();
        private final Map<OrgId, JobId> lastOf = new HashMap<>();
        private long fired;
        private long missed;
        private long overlapped;

        Kept(long id, ScheduleId key, JobSchedule schedule, JobRequest job, Times next) {
            this.id = id;
            this.key = key;
            this.schedule = schedule;
            this.job = job;
            this.next = next;
        }

        boolean isDue(Instant now) {
            return !next.fireAt().isAfter(now) && !paused && problem.isEmpty();
        }

        boolean says(JobSchedule otherSchedule, JobRequest other) {
            return problem.isEmpty() && schedule.equals(otherSchedule) && job.kind().name().equals(other.kind().name())
                    && job.kind().queue().equals(other.kind().queue()) && job.payload().equals(other.payload())
                    && job.priority() == other.priority() && job.tags().equals(other.tags())
                    && job.maxAttempts() == other.maxAttempts();
        }

        ScheduleStatus status() {
            return new ScheduleStatus(key.org(), key.name(), Optional.of(schedule), job.kind().name(),
                    job.kind().queue(), job.payload(), job.priority(), job.tags(), job.maxAttempts(), paused,
                    Optional.of(next.fireAt()).filter(at -> !paused && problem.isEmpty()), lastTime, lastFiredAt,
                    lastJob, fired, missed, overlapped, problem);
        }
    }

    /** A round under way. */
    private static final class Round {
        private final Kept schedule;
        private final Instant at;
        private String doneTo = "";

        Round(Kept schedule, Instant at) {
            this.schedule = schedule;
            this.at = at;
        }
    }

    @Override
    public void put(ScheduleId key, JobSchedule schedule, JobRequest job, Planner planner) {
        synchronized (world) {
            world.reach();
            key.org().ifPresent(world::active);
            jobs.check(job.kind().queue());
            if (!JsonSyntax.isObject(job.payload())) {
                throw new InvalidInputException("the payload of a schedule is no JSON object: give one such as {}");
            }
            if (schedule.missed() instanceof Missed.Each && schedule.overlap() == Overlap.SKIP) {
                throw new InvalidInputException("each of missed times gets a job only where jobs may overlap");
            }
            Kept kept = schedules.get(key);
            if (kept == null) {
                if (of(key.org()).count() >= JobSchedules.MAX_SCHEDULES) {
                    throw new InvalidInputException("schedule \"" + key.name() + "\" would be one too many");
                }
                schedules.put(key,
                        new Kept(++counter, key, schedule, job, planner.first(schedule, world.now())));
            } else if (!kept.says(schedule, job)) {
                if (kept.problem.isPresent() || !kept.schedule.timing().equals(schedule.timing())
                        || !kept.schedule.jitter().equals(schedule.jitter())) {
                    kept.next = planner.first(schedule, world.now());
                }
                kept.schedule = schedule;
                kept.job = job;
                kept.problem = Optional.empty();
                kept.revision++;
            }
        }
    }

    @GuardedBy("world")
    private Stream<Kept> of(Optional<OrgId> org) {
        return schedules.values().stream().filter(kept -> kept.key.org().equals(org));
    }

    @Override
    public boolean remove(ScheduleId key) {
        synchronized (world) {
            world.reach();
            Kept kept = schedules.remove(key);
            rounds.removeIf(round -> round.schedule == kept);
            return kept != null;
        }
    }

    @Override
    public boolean pause(ScheduleId key) {
        synchronized (world) {
            world.reach();
            Kept kept = schedules.get(key);
            if (kept != null && !kept.paused) {
                kept.paused = true;
                kept.revision++;
            }
            return kept != null;
        }
    }

    @Override
    public boolean resume(ScheduleId key, Planner planner) {
        synchronized (world) {
            world.reach();
            Kept kept = schedules.get(key);
            if (kept != null && kept.paused) {
                kept.next = planner.first(kept.schedule, world.now());
                kept.paused = false;
                kept.revision++;
            }
            return kept != null;
        }
    }

    @Override
    public Optional<JobId> trigger(OrgId org, String name) {
        synchronized (world) {
            world.reach();
            Optional<Kept> kept = Optional.ofNullable(schedules.get(ScheduleId.of(org, name)));
            kept.ifPresent(one -> {
                JobId job = jobs.enqueueUntold(org, List.of(job(one, world.now()))).getFirst().id();
                came(one, org, job);
            });
            return kept.flatMap(one -> one.lastJob);
        }
    }

    /** Keeps what is live of those before it. */
    @GuardedBy("world")
    private void came(Kept kept, OrgId org, JobId job) {
        List<JobId> live = Stream.concat(kept.live.stream(), kept.lastJob.stream()).filter(one -> isLive(org, one))
                .toList();
        kept.live = live.subList(Math.max(0, live.size() - MAX_LIVE), live.size());
        kept.lastJob = Optional.of(job);
    }

    @Override
    public boolean triggerGlobal(String name) {
        synchronized (world) {
            world.reach();
            Kept kept = schedules.get(ScheduleId.global(name));
            if (kept != null) {
                rounds.add(new Round(kept, world.now()));
            }
            return kept != null;
        }
    }

    @Override
    public Optional<ScheduleStatus> find(ScheduleId key) {
        synchronized (world) {
            world.reach();
            return Optional.ofNullable(schedules.get(key)).map(Kept::status);
        }
    }

    @Override
    public List<ScheduleStatus> list(Optional<OrgId> org, Optional<String> after, int limit) {
        synchronized (world) {
            world.reach();
            return of(org).filter(kept -> kept.key.name().compareTo(after.orElse("")) > 0)
                    .sorted(Comparator.comparing(kept -> kept.key.name())).limit(limit).map(Kept::status).toList();
        }
    }

    @Override
    public Due due(int limit) {
        World.checkSize("due schedules", limit, 1, MAX_BATCH);
        synchronized (world) {
            world.reach();
            Instant now = world.now();
            List<DueSchedule> due = inTurn(now).limit(limit).map(MemorySchedules::due).toList();
            return new Due(now, due, schedules.values().stream()
                    .filter(kept -> !kept.paused && kept.problem.isEmpty() && kept.next.fireAt().isAfter(now))
                    .map(kept -> Duration.between(now, kept.next.fireAt())).min(Comparator.naturalOrder()));
        }
    }

    /** What is due, each organisation's first one before the second ones. */
    @GuardedBy("world")
    private Stream<Kept> inTurn(Instant now) {
        Map<Optional<OrgId>, Integer> turns = new HashMap<>();
        Map<Kept, Integer> turn = new HashMap<>();
        List<Kept> due = schedules.values().stream()
                .filter(kept -> kept.isDue(now) && kept.key.org().filter(world::isSuspended).isEmpty())
                .sorted(Comparator.comparing((Kept kept) -> kept.next.fireAt()).thenComparingLong(kept -> kept.id))
                .toList();
        due.forEach(kept -> turn.put(kept, turns.merge(kept.key.org(), 1, Integer::sum)));
        return due.stream().sorted(Comparator.comparingInt(kept -> turn.getOrDefault(kept, 0)));
    }

    private static DueSchedule due(Kept kept) {
        JobSchedule schedule = kept.schedule;
        return new DueSchedule(kept.id, kept.revision, kept.key, () -> schedule, kept.job.kind().queue(),
                kept.next.planned());
    }

    @Override
    public List<Fired> fire(List<Firing> firings) {
        World.checkSize("firings", firings.size(), 0, MAX_BATCH);
        synchronized (world) {
            world.reach();
            List<Fired> fired = new ArrayList<>();
            firings.forEach(firing -> fired.add(fire(firing)));
            return fired;
        }
    }

    @GuardedBy("world")
    private Fired fire(Firing firing) {
        Kept kept = schedules.get(firing.due().key());
        Instant now = world.now();
        if (kept == null || kept.id != firing.due().id() || kept.revision != firing.due().revision()
                || !kept.isDue(now)) {
            return Fired.NOT_HERE;
        }
        boolean overlaps = kept.schedule.overlap() == Overlap.SKIP && (kept.key.org().isPresent()
                ? Stream.concat(kept.live.stream(), kept.lastJob.stream())
                        .anyMatch(job -> isLive(kept.key.org().get(), job))
                : rounds.stream().anyMatch(round -> round.schedule == kept));
        boolean over = overlaps
                || kept.key.org().filter(org -> !jobs.hasRoom(org, firing.times().size())).isPresent();
        for (Instant time : firing.times()) {
            kept.lastTime = Optional.of(time);
            kept.lastFiredAt = Optional.of(now);
            if (over) {
                kept.overlapped++;
            } else {
                kept.fired++;
                kept.key.org().ifPresentOrElse(org -> came(kept, org, enqueue(kept, org, time)),
                        () -> rounds.add(new Round(kept, time)));
            }
        }
        kept.missed += firing.missed();
        kept.next = firing.next();
        kept.revision++;
        return over ? Fired.OVERLAPPED : Fired.DONE;
    }

    private boolean isLive(OrgId org, JobId job) {
        return jobs.find(org, job).map(Job::state).filter(state -> !state.hasEnded()).isPresent();
    }

    private JobId enqueue(Kept kept, OrgId org, Instant time) {
        return jobs.enqueueFired(org, job(kept, time)).id();
    }

    private static JobRequest job(Kept kept, Instant time) {
        String payload = kept.schedule.timeField().map(field -> withField(kept.job.payload(), field, time))
                .orElse(kept.job.payload());
        return JobRequest.of(kept.job.kind(), payload).withPriority(kept.job.priority())
                .withTags(kept.job.tags()).withMaxAttempts(kept.job.maxAttempts());
    }

    private static String withField(String payload, String field, Instant time) {
        String open = payload.substring(0, payload.lastIndexOf('}')).strip();
        return open + (open.endsWith("{") ? "" : ",") + "\"" + field + "\":\"" + TIME.format(time) + "\"}";
    }

    @Override
    public boolean fail(DueSchedule schedule, String problem) {
        synchronized (world) {
            world.reach();
            Kept kept = schedules.get(schedule.key());
            if (kept == null || kept.id != schedule.id() || kept.revision != schedule.revision()) {
                return false;
            }
            kept.problem = Optional.of(problem);
            kept.revision++;
            return true;
        }
    }

    @Override
    public Progress advance(int orgs) {
        World.checkSize("organisations", orgs, 1, 1000);
        synchronized (world) {
            world.reach();
            Optional<Round> found = rounds.stream().filter(round -> !round.schedule.paused).findFirst();
            if (found.isEmpty()) {
                return new Progress(0, Optional.empty(), Optional.empty());
            }
            Round round = found.get();
            List<OrgId> next = world.active().stream().filter(org -> org.toString().compareTo(round.doneTo) > 0)
                    .sorted(BY_ID).limit(orgs).toList();
            int count = 0;
            for (OrgId org : next) {
                JobId last = round.schedule.lastOf.get(org);
                if (round.schedule.schedule.overlap() == Overlap.ALLOW || last == null || !isLive(org, last)) {
                    round.schedule.lastOf.put(org, enqueue(round.schedule, org, round.at));
                    count++;
                }
            }
            if (next.size() < orgs) {
                rounds.remove(round);
            } else {
                round.doneTo = next.getLast().toString();
            }
            return new Progress(count, Optional.of(round.schedule.job.kind().queue()), Optional.empty());
        }
    }

    long erase(OrgId org) {
        synchronized (world) {
            long before = schedules.size();
            schedules.keySet().removeIf(key -> key.org().filter(org::equals).isPresent());
            schedules.values().forEach(kept -> kept.lastOf.remove(org));
            return before - schedules.size();
        }
    }
}
