package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.job.CancelReceipt;
import io.croft.job.Job;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobPriority;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.LaneDepth;
import io.croft.job.LaneLimits;
import io.croft.job.LaneStatus;
import io.croft.job.RetryPolicy;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Held;
import io.croft.spi.JobStore.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A simulation of the protocol by which jobs are claimed, finished and rescued, on a real store: hosts that enqueue,
 * workers that claim, beat, finish, give back, and an administrator, each a machine of single steps. One thread lets
 * them take turns by chance, so every run is one interleaving of their calls, and the same seed gives the same one.
 *
 * <p>What goes wrong: a call does not reach the store, or does and its answer is lost, so that it is made again; a
 * worker is killed and forgets what it held; it stands still past its leases and then goes on as if nothing had
 * happened; a handler completes its job in a transaction that stays open for a while, is rolled back, or is committed
 * without an answer; a handler's end is reported twice, also with another outcome; limits fall below what runs, also
 * to none; upkeep does only a part; a host's clock is a day off. A worker's clock has no say at all: nothing that it
 * sends holds a time.
 *
 * <p>A {@link JobLedger} checks every answer. In the end the faults stop, everything is allowed to run, and every job
 * that was enqueued must have ended exactly once. Delays and leases are such that nothing ends at the very moment at
 * which the simulation looks, within ten seconds: a store may have a clock that also goes on by itself.
 */
public final class JobProtocol {

    private static final int MAX_ATTEMPTS = 3;
    private static final int ORGS = 3;
    private static final int SLOTS = 4;
    private static final int MAX_JOBS = 14;
    private static final Duration TICK = Duration.ofSeconds(70);
    private static final Duration LEASE = Duration.ofMinutes(10);
    private static final Duration CLOCK_OFF = Duration.ofHours(24);
    private static final Duration[] DELAYS = {Duration.ZERO, Duration.ofSeconds(100), Duration.ofSeconds(320)};

    private final Ground ground;
    private final long seed;
    private final Random random;
    private final JobKind kind;
    private final JobLedger ledger = new JobLedger(MAX_ATTEMPTS);
    private final List<OrgId> orgs = new ArrayList<>();
    private final List<Host> hosts = new ArrayList<>();
    private final List<Worker> workers = new ArrayList<>();
    private final List<String> trace = new ArrayList<>();
    private boolean faulty = true;

    /** Where it runs: a store, which may hold other jobs, and its time. */
    public interface Ground {

        JobStore jobs();

        /** A known queue that holds no jobs. */
        String queue();

        /** A new organisation; by its number always the same where the store is new. */
        OrgId newOrg(int number);

        /** The time on the store's clock. */
        Instant now();

        /** Lets this time go by on the store's clock. */
        void advance(Duration time);

        /**
         * Begins to complete a job in a transaction of the handler's.
         *
         * @return empty if the store says at once that the lease is lost
         */
        Optional<Completing> complete(JobLease lease);

        /** Looks into the store for anything that must not be; called now and then. */
        void audit();
    }

    /** A transaction that completes a job and is open. */
    public interface Completing {

        /** Commits; returns false if the store says only now that the lease is lost. */
        boolean commit();

        void rollBack();
    }

    private JobProtocol(Ground ground, long seed) {
        this.ground = ground;
        this.seed = seed;
        this.random = new Random(seed);
        this.kind = JobKind.of("test.protocol", ground.queue())
                .withRetry(RetryPolicy.attempts(MAX_ATTEMPTS));
    }

    /**
     * One run.
     *
     * @throws AssertionError if a promise is broken; the message has the seed and all steps up to there
     */
    public static void run(Ground ground, long seed) {
        JobProtocol run = new JobProtocol(ground, seed);
        try {
            run.begin();
            int steps = 40 + run.random.nextInt(120);
            for (int i = 1; i <= steps; i++) {
                run.step();
                if (i % 16 == 0) {
                    run.check();
                }
            }
            run.end();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("seed " + seed + ", step " + run.trace.size() + ": " + e.getMessage()
                    + "\nrepeat with -Dcroft.seed=" + seed + "\n  " + String.join("\n  ", run.trace), e);
        } finally {
            run.workers.forEach(Worker::abandon);
        }
    }

    private void begin() {
        for (int i = 0; i < ORGS; i++) {
            OrgId org = ground.newOrg(i);
            orgs.add(org);
            setLimit(org, 1 + random.nextInt(3));
        }
        hosts.add(new Host("host", Duration.ZERO));
        hosts.add(new Host("fast host", CLOCK_OFF));
        hosts.add(new Host("slow host", CLOCK_OFF.negated()));
        for (int i = 0; i < 3; i++) {
            workers.add(new Worker("w" + i));
        }
    }

    private void step() {
        int chance = random.nextInt(100);
        if (chance < 14) {
            pick(hosts).step();
        } else if (chance < 74) {
            pick(workers).step();
        } else if (chance < 84) {
            maintain(1 + random.nextInt(4));
        } else if (chance < 94) {
            pass(TICK.multipliedBy(1 + random.nextInt(random.nextInt(4) == 0 ? 12 : 2)));
        } else {
            administer();
        }
    }

    private void pass(Duration time) {
        note("time goes by: " + time);
        ground.advance(time);
        ledger.pass(time);
    }

    private void maintain(int limit) {
        boolean more = hasMoreAfterUpkeep(limit);
        note("upkeep of " + limit + " rows: " + (more ? "more to do" : "done"));
        ledger.maintained(more, this::found);
    }

    private boolean hasMoreAfterUpkeep(int limit) {
        return ground.jobs().maintain(limit).more();
    }

    private void administer() {
        OrgId org = pick(orgs);
        switch (random.nextInt(6)) {
            case 0, 1 -> setLimit(org, random.nextInt(4));
            case 2 -> {
                List<JobId> ids = some(ledger.ids(org));
                if (!ids.isEmpty()) {
                    List<JobId> redriven = ground.jobs().redrive(org, ids);
                    note("redrive of " + ids + ": " + redriven);
                    ledger.redriven(org, ids, redriven);
                }
            }
            case 3, 4 -> {
                List<JobId> ids = someThatMayEnd(org);
                if (!ids.isEmpty()) {
                    CancelReceipt receipt = ground.jobs().cancel(org, ids, "sold");
                    note("cancel of " + ids + ": " + receipt);
                    ledger.cancelled(org, ids, receipt);
                }
            }
            default -> {
                List<JobId> ids = someThatMayEnd(org);
                if (!ids.isEmpty()) {
                    List<JobId> discarded = ground.jobs().discard(org, ids, "enough");
                    note("discard of " + ids + ": " + discarded);
                    ledger.discarded(org, ids, discarded);
                }
            }
        }
    }

    /** One that a transaction is completing would be waited for. */
    private List<JobId> someThatMayEnd(OrgId org) {
        return some(ledger.ids(org)).stream().filter(id -> !ledger.isCompleting(id)).toList();
    }

    private void setLimit(OrgId org, int most) {
        note("limit of " + org + ": " + most);
        ground.jobs().setLimits(org, ground.queue(), LaneLimits.maxRunning(most));
        ledger.limit(org, most);
    }

    /** The faults stop, everything may run: each job must end. */
    private void end() {
        faulty = false;
        note("the faults stop");
        workers.forEach(Worker::abandon);
        orgs.forEach(org -> setLimit(org, 100));
        pass(CLOCK_OFF.plus(TICK.multipliedBy(2)));
        Worker last = new Worker("last");
        int rounds = 0;
        while (!ledger.isAllTerminal()) {
            assertThat(++rounds).as("rounds until all have ended").isLessThan(200);
            settle();
            last.workOff();
            pass(TICK.multipliedBy(10));
        }
        settle();
        check();
        for (OrgId org : orgs) {
            assertThat(depth(org))
                    .as("depth of %s in the end", org).isEqualTo(new LaneDepth(0, 0));
        }
    }

    private void settle() {
        boolean more = true;
        for (int i = 0; i < 1000 && more; i++) {
            more = hasMoreAfterUpkeep(100);
            ledger.maintained(more, this::found);
        }
        assertThat(more).as("whether upkeep never ends").isFalse();
    }

    private void check() {
        ledger.check(id -> ground.jobs().find(ledger.org(id), id));
        for (OrgId org : orgs) {
            LaneDepth depth = depth(org);
            assertThat(depth.running()).as("running jobs of %s", org).isEqualTo(ledger.running(org));
            assertThat(depth.ready()).as("ready jobs of %s", org).isLessThanOrEqualTo(ledger.waiting(org));
        }
        ground.audit();
    }

    private LaneDepth depth(OrgId org) {
        LaneStatus lane = ground.jobs().lanes(org).get(ground.queue());
        return lane == null ? new LaneDepth(0, 0) : lane.depth();
    }

    private Job found(JobId id) {
        return ground.jobs().find(ledger.org(id), id).orElseThrow(() -> new AssertionError("job " + id + " is lost"));
    }

    /**
     * A call over a network: it may get lost, and so may its answer.
     *
     * @param told what the call did, also where the caller does not learn it
     * @return the answer, if it comes
     */
    private <T> Optional<T> call(String what, Supplier<T> call, Consumer<T> told) {
        int fate = faulty ? random.nextInt(100) : 0;
        if (fate >= 96) {
            note(what + ": does not arrive");
            return Optional.empty();
        }
        T answer = call.get();
        note(what + ": " + answer + (fate >= 88 ? ", but the answer is lost" : ""));
        told.accept(answer);
        return fate >= 88 ? Optional.empty() : Optional.of(answer);
    }

    private void note(String what) {
        trace.add(what);
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private <T> List<T> some(List<T> list) {
        return list.stream().filter(one -> random.nextInt(3) == 0).toList();
    }

    private Duration delay() {
        return DELAYS[random.nextInt(DELAYS.length)];
    }

    /** Enqueues, one job a call, and calls again with the same key until an answer comes. */
    private final class Host {

        private final String name;
        private final Duration clockOff;
        private int number;
        private boolean inDoubt;
        private OrgId org = orgs.getFirst();
        private Optional<Duration> later = Optional.empty();
        private JobPriority priority = JobPriority.NORMAL;

        Host(String name, Duration clockOff) {
            this.name = name;
            this.clockOff = clockOff;
        }

        void step() {
            if (!inDoubt) {
                if (number >= MAX_JOBS / hosts.size()) {
                    return;
                }
                number++;
                org = pick(orgs);
                priority = JobPriority.ofLevel(1 + random.nextInt(4));
                later = random.nextInt(3) == 0 ? Optional.of(clockOff.plus(delay())) : Optional.empty();
            }
            String key = name + " " + seed + " " + number;
            if (ledger.isCompleting(org, key)) {
                return; // it would wait for that transaction
            }
            JobRequest plain = JobRequest.of(kind, "{}").withKey(key).withPriority(priority);
            JobRequest request = later.map(delay -> plain.withRunAt(ground.now().plus(delay))).orElse(plain);
            Duration delay = later.filter(time -> !time.isNegative()).orElse(Duration.ZERO);
            inDoubt = call(name + " enqueues " + key, () -> ground.jobs().enqueue(org, List.of(request)).getFirst(),
                    (JobReceipt receipt) -> ledger.enqueued(org, key, delay, receipt)).isEmpty();
        }
    }

    /** An attempt that a worker believes to hold. */
    private static final class Task {
        private final JobLease lease;
        /** Set once its handler has ended. */
        private Optional<Outcome> outcome = Optional.empty();
        /** While its handler has a transaction open that completes it. */
        private Optional<Completing> completing = Optional.empty();

        Task(JobLease lease) {
            this.lease = lease;
        }
    }

    /** A process. */
    private final class Worker {

        private String name;
        private int life;
        private int standsStill;
        private final List<Task> tasks = new ArrayList<>();
        /** Completions whose answer came: a second report of them must change nothing. */
        private final List<Task> over = new ArrayList<>();

        Worker(String name) {
            this.name = name;
        }

        void step() {
            if (standsStill > 0) {
                standsStill--;
                return;
            }
            switch (random.nextInt(20)) {
                case 0 -> {
                    note(name + " is killed, holding " + tasks.size());
                    abandon();
                    life++;
                    name = name.replaceAll("'.*", "") + "'" + life;
                }
                case 1 -> {
                    standsStill = 2 + random.nextInt(12);
                    note(name + " stands still");
                }
                case 2, 3 -> beat();
                case 4 -> giveBack();
                case 5 -> reportAgain();
                case 6, 7 -> completeInTransaction();
                case 8, 9, 10, 11, 12 -> claim(1 + random.nextInt(SLOTS));
                default -> {
                    if (tasks.isEmpty()) {
                        claim(1 + random.nextInt(SLOTS));
                    } else {
                        finish();
                    }
                }
            }
        }

        /** Forgets all; its connections break, which ends its transactions. */
        void abandon() {
            tasks.forEach(task -> task.completing.ifPresent(open -> {
                open.rollBack();
                ledger.completed(task.lease, false);
            }));
            tasks.clear();
            over.clear();
        }

        void workOff() {
            for (int i = 0; i < 100; i++) {
                claim(SLOTS);
                if (tasks.isEmpty()) {
                    return;
                }
                while (!tasks.isEmpty()) {
                    finish();
                }
            }
        }

        private void claim(int want) {
            int free = Math.min(want, SLOTS - tasks.size());
            if (free > 0) {
                call(name + " claims " + free, () -> ground.jobs().claim(ground.queue(), free, name, LEASE),
                        (List<ClaimedJob> claimed) -> ledger.claimed(claimed, free, LEASE))
                        .ifPresent(claimed -> claimed.forEach(job -> tasks.add(new Task(job.lease()))));
            }
        }

        /** Ends some handlers and reports all that have ended, also those whose report had no answer. */
        private void finish() {
            List<Task> own = tasks.stream().filter(task -> task.completing.isEmpty()).toList();
            if (own.isEmpty()) {
                return;
            }
            Task first = pick(own);
            Set<JobId> jobs = new HashSet<>(); // no job twice in one call
            List<Task> ended = Stream.concat(Stream.of(first), own.stream()
                    .filter(task -> task.outcome.isPresent() || random.nextInt(3) == 0))
                    .filter(task -> jobs.add(task.lease.id())).toList();
            ended.forEach(task -> task.outcome = Optional.of(task.outcome.orElseGet(this::anyOutcome)));
            if (report(ended)) {
                tasks.removeAll(ended);
                over.addAll(ended);
            }
        }

        private boolean report(List<Task> ended) {
            List<Completion> completions =
                    ended.stream().map(task -> new Completion(task.lease, task.outcome.orElseThrow())).toList();
            return call(name + " finishes " + completions, () -> ground.jobs().finish(completions),
                    (List<Boolean> answers) -> {
                        assertThat(answers).as("answers").hasSameSizeAs(completions);
                        for (int i = 0; i < completions.size(); i++) {
                            ledger.finished(completions.get(i), answers.get(i));
                        }
                    }).isPresent();
        }

        /** Begins such a transaction, or ends one. */
        private void completeInTransaction() {
            List<Task> some = tasks.stream().filter(task -> task.outcome.isEmpty()).toList();
            if (some.isEmpty()) {
                return;
            }
            Task task = pick(some);
            if (task.completing.isEmpty()) {
                if (!ledger.isCompleting(task.lease.id())) {
                    task.completing = ground.complete(task.lease);
                    note(name + " begins to complete " + task.lease + ": " + task.completing.isPresent());
                    ledger.completing(task.lease, task.completing.isPresent());
                }
                return;
            }
            Completing open = task.completing.get();
            task.completing = Optional.empty();
            if (random.nextInt(4) == 0) {
                note(name + " rolls back " + task.lease);
                open.rollBack();
                ledger.completed(task.lease, false);
                return;
            }
            boolean committed = open.commit();
            boolean told = random.nextInt(3) > 0;
            note(name + " commits " + task.lease + ": " + committed + (told ? "" : ", but the answer is lost"));
            ledger.completed(task.lease, committed);
            if (told) {
                tasks.remove(task);
                over.add(task);
            }
            task.outcome = Optional.of(failed(Duration.ZERO)); // to find out, as it changes nothing if it was accepted
        }

        private void reportAgain() {
            if (!over.isEmpty()) {
                Task task = pick(over);
                task.outcome = Optional.of(random.nextBoolean() ? task.outcome.orElseThrow() : anyOutcome());
                report(List.of(task));
            }
        }

        private Outcome anyOutcome() {
            return switch (faulty ? random.nextInt(10) : 9) {
                case 0, 1, 2 -> failed(delay());
                case 3 -> new Outcome.Snoozed(delay(), "not yet");
                case 4 -> new Outcome.Cancelled("enough");
                case 5 -> new Outcome.NotBegun("too late");
                case 6 -> new Outcome.Failed(Optional.empty(), "java.io.IOException", "no saddle ever", "");
                default -> new Outcome.Completed(Optional.of("{}"));
            };
        }

        private Outcome failed(Duration delay) {
            return new Outcome.Failed(delay, "java.io.IOException", "no saddle");
        }

        private void beat() {
            List<JobLease> leases = tasks.stream().map(task -> task.lease).toList();
            if (!leases.isEmpty()) {
                call(name + " beats " + leases, () -> ground.jobs().heartbeat(leases, LEASE),
                        (Held held) -> ledger.prolonged(leases, held, LEASE));
            }
        }

        /** Once: what it gave back it does not hold any more, whether it was told so or not. */
        private void giveBack() {
            List<Task> given = some(tasks).stream()
                    .filter(task -> task.outcome.isEmpty() && task.completing.isEmpty()).toList();
            List<JobLease> leases = given.stream().map(task -> task.lease).toList();
            if (!leases.isEmpty()) {
                call(name + " gives back " + leases, () -> {
                    ground.jobs().release(leases);
                    return "done";
                }, (String done) -> ledger.released(leases));
                tasks.removeAll(given);
            }
        }
    }
}
