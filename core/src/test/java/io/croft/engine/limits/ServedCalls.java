package io.croft.engine.limits;

import io.croft.Actor;
import io.croft.CallObserver;
import io.croft.CallObserver.Outcome;
import io.croft.CallRefusedException;
import io.croft.OrgId;
import io.croft.guard.Admission.Entry;
import io.croft.guard.Admission.Passage;
import io.croft.guard.Operation;
import io.croft.limits.LoadShedding;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A process with some processors, in simulated time: searches come whatever becomes of those before them, and all that
 * are under way share the processors alike, as threads do. Confined to its thread.
 */
final class ServedCalls {

    private static final double NANOS = 1e9;

    private final int processors;
    private final double callSeconds;
    private final Random random;
    private final @Nullable LoadAdmission admission;
    private final List<OrgId> orgs = new ArrayList<>();
    private final Map<Integer, Fates> fates = new HashMap<>();
    /** By the share of a processor's time that each has had when it ends. */
    private final PriorityQueue<Call> served = new PriorityQueue<>((a, b) -> Double.compare(a.endsAt, b.endsAt));
    private double now;
    private double shared;

    /**
     * Nothing has come yet.
     *
     * @param callMillis what a search takes of one processor, on average
     * @param shedding   none, if all are let in
     */
    ServedCalls(int processors, double callMillis, Random random, Optional<LoadShedding> shedding) {
        this.processors = processors;
        this.callSeconds = callMillis / 1e3;
        this.random = random;
        this.admission = shedding
                .map(bounds -> new LoadAdmission(bounds, CallObserver.NOBODY, () -> (long) (now * NANOS)))
                .orElse(null);
    }

    /** Searches that come, of organisations from one number to before another one. */
    record Stream(double perSecond, int from, int to) {
    }

    /** What became of an organisation's searches: some are still under way at the end. */
    static final class Fates {

        int asked;
        int refused;
        /** Within a second. */
        int inTime;
        /** When it was told to come back, at the latest. */
        Duration longestWait = Duration.ZERO;
    }

    private record Call(double endsAt, double came, int org, Passage passage) {
    }

    /** How many searches a second can be done. */
    double capacity() {
        return processors / callSeconds;
    }

    /** Lets them come for so many seconds, and forgets what became of those before. */
    void run(double seconds, List<Stream> streams) {
        fates.clear();
        double perSecond = streams.stream().mapToDouble(Stream::perSecond).sum();
        double end = now + seconds;
        double next = now + pause(perSecond);
        while (Math.min(next, nextEnd()) < end) {
            if (nextEnd() <= next) {
                pass(nextEnd());
                end(served.remove());
            } else {
                pass(next);
                come(orgOf(streams, perSecond));
                next = now + pause(perSecond);
            }
        }
        pass(end);
    }

    private double pause(double perSecond) {
        return -Math.log(1 - random.nextDouble()) / perSecond;
    }

    private double speed() {
        return Math.min(1, (double) processors / served.size());
    }

    private double nextEnd() {
        Call first = served.peek();
        return first == null ? Double.POSITIVE_INFINITY : now + Math.max(0, first.endsAt - shared) / speed();
    }

    private void pass(double to) {
        if (!served.isEmpty()) {
            shared += (to - now) * speed();
        }
        now = to;
    }

    private int orgOf(List<Stream> streams, double perSecond) {
        double at = random.nextDouble() * perSecond;
        for (Stream stream : streams) {
            if (at < stream.perSecond()) {
                return random.nextInt(stream.from(), stream.to());
            }
            at -= stream.perSecond();
        }
        Stream last = streams.getLast();
        return random.nextInt(last.from(), last.to());
    }

    private void come(int org) {
        while (orgs.size() <= org) {
            orgs.add(OrgId.named("org-" + orgs.size()));
        }
        Fates fate = of(org);
        fate.asked++;
        try {
            Passage passage = admission == null
                    ? Passage.UNTOLD
                    : admission.admit(new Entry(Operation.SEARCH, Actor.service("s"), Optional.of(orgs.get(org))));
            double work = callSeconds * (0.5 + random.nextDouble());
            served.add(new Call(shared + work, now, org, passage));
        } catch (CallRefusedException e) {
            fate.refused++;
            if (e.retryAfter().compareTo(fate.longestWait) > 0) {
                fate.longestWait = e.retryAfter();
            }
        }
    }

    private void end(Call call) {
        double took = now - call.came;
        call.passage.ended(Outcome.OK, (long) (took * NANOS));
        if (took <= 1) {
            of(call.org).inTime++;
        }
    }

    private Fates of(int org) {
        return fates.computeIfAbsent(org, number -> new Fates());
    }

    /** What became of those of these organisations, all together. */
    Fates of(int from, int to) {
        Fates all = new Fates();
        fates.forEach((org, fate) -> {
            if (org >= from && org < to) {
                all.asked += fate.asked;
                all.refused += fate.refused;
                all.inTime += fate.inTime;
                all.longestWait =
                        fate.longestWait.compareTo(all.longestWait) > 0 ? fate.longestWait : all.longestWait;
            }
        });
        return all;
    }
}
