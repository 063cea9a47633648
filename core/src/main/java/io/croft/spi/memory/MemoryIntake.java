package io.croft.spi.memory;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.OrgQuotas.Resource;
import io.croft.job.After;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** One enqueue: all of its jobs or none. Guarded by the world. */
final class MemoryIntake {

    private final World world;
    private final JobTable table;
    private final OrgId org;
    private final Consumer<StoredJob> ready;
    private final boolean limited;
    /** Those before in the call, by their names in its flow. */
    private final Map<String, StoredJob> named = new HashMap<>();

    /**
     * Prepares one.
     *
     * @param ready   puts a job into its line
     * @param limited whether it may be refused for want of room
     */
    MemoryIntake(World world, JobTable table, OrgId org, Consumer<StoredJob> ready, boolean limited) {
        this.world = world;
        this.table = table;
        this.org = org;
        this.ready = ready;
        this.limited = limited;
    }

    /**
     * Checks all jobs, then enqueues them.
     *
     * @param names theirs, if they are a flow
     */
    List<JobReceipt> enqueue(List<String> names, List<JobRequest> requests) {
        world.active(org);
        for (JobRequest request : requests) {
            checkAfter(names, request);
            table.queue(request.kind().queue());
            check(request);
            if (!JsonSyntax.isObject(request.payload())) {
                throw new InvalidInputException("the payload of a " + request.kind().name()
                        + " job is no JSON object: give one such as {}");
            }
        }
        if (limited) {
            world.require(org, Resource.QUEUED_JOBS, table.queued(org), added(requests));
        }
        List<JobReceipt> receipts = new ArrayList<>();
        for (JobRequest request : requests) {
            receipts.add(enqueue(request, names.isEmpty() ? "" : names.get(receipts.size())));
        }
        return receipts;
    }

    /** How many of them are not there yet. */
    private long added(List<JobRequest> requests) {
        Set<String> keys = new HashSet<>();
        return requests.stream().filter(request -> known(request).isEmpty())
                .filter(request -> request.key().map(key -> keys.add(key.text())).orElse(true)).count();
    }

    /** Refuses what names a job that there is not. */
    private void checkAfter(List<String> names, JobRequest request) {
        for (After after : request.after()) {
            boolean known = switch (after) {
                case After.Member member -> names.contains(member.name());
                case After.Existing(JobId id, After.Need need) -> table.find(org, id).isPresent();
            };
            if (!known) {
                throw new InvalidInputException("a job comes after one that is unknown, " + after);
            }
        }
    }

    /** Refuses what cannot be kept, unless the request is a duplicate that changes nothing. */
    private void check(JobRequest request) {
        Instant now = world.now();
        Optional<StoredJob> known = known(request);
        boolean replacing = known.isPresent() && replaces(request) && known.get().waits();
        if (replacing && !known.get().isOf(request.kind())) {
            throw new InvalidInputException("a key is of a waiting job of another kind than " + request.kind().name()
                    + ": use one kind with a key that replaces");
        }
        Instant runAt = request.runAt().filter(at -> at.isAfter(now.plus(request.delay())))
                .orElse(now.plus(request.delay()));
        if ((known.isEmpty() || replacing) && runAt.isAfter(now)
                && request.deadline().filter(deadline -> deadline.isBefore(runAt)).isPresent()) {
            throw new InvalidInputException("the deadline of a job is before it may run: give a later one");
        }
    }

    private Optional<StoredJob> known(JobRequest request) {
        return request.key().flatMap(key -> table.keys.find(org, key.text(), world.now()));
    }

    private static boolean replaces(JobRequest request) {
        return request.key().filter(key -> !(key.repeat() instanceof JobKey.Repeat.Keep)).isPresent();
    }

    private JobReceipt enqueue(JobRequest request, String name) {
        Optional<StoredJob> known = known(request);
        if (known.isPresent()) {
            named.put(name, known.get());
            return duplicate(known.get(), request);
        }
        StoredJob job = table.add(org, request);
        request.key().ifPresent(key -> table.keys.put(org, key, job, world.now()));
        await(job);
        named.put(name, job);
        readyIfDue(job);
        return new JobReceipt(job.id, false, false, job.state(), Optional.empty());
    }

    private JobReceipt duplicate(StoredJob known, JobRequest request) {
        boolean replaced = replaces(request) && known.waits();
        if (replaced) {
            replace(known, request);
        }
        return new JobReceipt(known.id, true, replaced, known.state(), known.result());
    }

    private void await(StoredJob job) {
        for (After after : job.request().after()) {
            switch (after) {
                case After.Member(String name, After.Need need) ->
                        job.waits.add(Objects.requireNonNull(named.get(name)), Optional.of(name), need);
                case After.Existing(JobId id, After.Need need) ->
                        job.waits.add(table.find(org, id).orElseThrow(), Optional.empty(), need);
            }
        }
        job.waits.look();
        if (job.waits.isOpen()) {
            job.waitForOthers();
        }
    }

    private void replace(StoredJob job, JobRequest by) {
        Instant now = world.now();
        if (!job.movesWith(by, now)) {
            job.replace(by, now);
            return;
        }
        table.queueOf(job).remove(job);
        job.replace(by, now);
        job.reschedule();
        readyIfDue(job);
    }

    private void readyIfDue(StoredJob job) {
        if (job.isDue(world.now())) {
            ready.accept(job);
        }
    }
}
