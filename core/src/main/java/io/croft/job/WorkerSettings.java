package io.croft.job;

import io.croft.InvalidInputException;
import io.croft.input.Ids;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/**
 * How the workers of one process behave. Immutable; each {@code with…} method returns a changed copy. What is out of
 * these ranges is refused with {@link io.croft.InvalidInputException}.
 *
 * @param slots        how many jobs of a queue run at the same time in this process, 1 to {@value #MAX_SLOTS}; the
 *                     default is 8. A batch takes as many slots as it has jobs
 * @param queueSlots   other numbers of slots, by the name of the queue
 * @param poll         how often an idle queue is looked at, 10 ms to 1 minute; the default is 100 ms. Jobs enqueued in
 *                     this process do not wait for it
 * @param idlePoll     how often, once it has been idle for long; at least {@code poll} and at most 1 minute; the
 *                     default is 1 s
 * @param worker       who claims, for people to read, 1 to 128 characters; by default the host's name, the process id
 *                     and a random number
 * @param stopDeadline how long a stop waits for running handlers, 0 to 1 hour; the default is 30 s
 * @param timeoutGrace how long a handler may take to end after its job's timeout, 0 to 10 minutes; the default is 10 s.
 *                     After that the job goes on without it: the attempt has failed, and what the handler returns is
 *                     dropped. It keeps its slots until it ends by itself
 * @param waking       how jobs that another process has enqueued are noticed; {@link Waking#SIGNALS} by default
 */
public record WorkerSettings(int slots, Map<String, Integer> queueSlots, Duration poll, Duration idlePoll,
        String worker,
        Duration stopDeadline, Duration timeoutGrace, Waking waking) {

    /** The most slots of a queue. */
    public static final int MAX_SLOTS = 1000;

    private static final int DEFAULT_SLOTS = 8;
    private static final Duration DEFAULT_POLL = Duration.ofMillis(100);
    private static final Duration DEFAULT_IDLE_POLL = Duration.ofSeconds(1);
    private static final Duration DEFAULT_STOP_DEADLINE = Duration.ofSeconds(30);
    private static final Duration DEFAULT_TIMEOUT_GRACE = Duration.ofSeconds(10);
    private static final Duration MAX_TIMEOUT_GRACE = Duration.ofMinutes(10);
    private static final Duration MIN_POLL = Duration.ofMillis(10);
    private static final Duration MAX_POLL = Duration.ofMinutes(1);
    private static final Duration MAX_STOP_DEADLINE = Duration.ofHours(1);

    public WorkerSettings {
        checkSlots("each queue", slots);
        queueSlots = Map.copyOf(queueSlots);
        queueSlots.forEach((queue, count) -> {
            Ids.checkWord("queue", queue);
            checkSlots("queue " + queue, count);
        });
        if (poll.compareTo(MIN_POLL) < 0 || idlePoll.compareTo(poll) < 0 || idlePoll.compareTo(MAX_POLL) > 0) {
            throw new InvalidInputException("poll intervals " + poll + " and, when idle, " + idlePoll
                    + ": they must rise and lie within 10 ms to 1 minute");
        }
        Ids.checkName("worker name", worker);
        if (stopDeadline.isNegative() || stopDeadline.compareTo(MAX_STOP_DEADLINE) > 0) {
            throw new InvalidInputException("stop deadline " + stopDeadline + " is outside 0 to 1 hour");
        }
        if (timeoutGrace.isNegative() || timeoutGrace.compareTo(MAX_TIMEOUT_GRACE) > 0) {
            throw new InvalidInputException("timeout grace " + timeoutGrace + " is outside 0 to 10 minutes");
        }
        Objects.requireNonNull(waking, "waking");
    }

    /** The defaults, with a worker name made for this call. */
    public static WorkerSettings defaults() {
        return new WorkerSettings(DEFAULT_SLOTS, Map.of(), DEFAULT_POLL, DEFAULT_IDLE_POLL, newWorkerName(),
                DEFAULT_STOP_DEADLINE, DEFAULT_TIMEOUT_GRACE, Waking.SIGNALS);
    }

    /** The same with this many slots for each queue that has no number of its own. */
    public WorkerSettings withSlots(int slots) {
        return new WorkerSettings(slots, queueSlots, poll, idlePoll, worker, stopDeadline, timeoutGrace, waking);
    }

    /** The same with this many slots for one queue. */
    public WorkerSettings withSlots(String queue, int slots) {
        Map<String, Integer> changed = new HashMap<>(queueSlots);
        changed.put(queue, slots);
        return new WorkerSettings(this.slots, changed, poll, idlePoll, worker, stopDeadline, timeoutGrace, waking);
    }

    /** The same with these poll intervals. */
    public WorkerSettings withPoll(Duration poll, Duration idlePoll) {
        return new WorkerSettings(slots, queueSlots, poll, idlePoll, worker, stopDeadline, timeoutGrace, waking);
    }

    /** The same with this worker name. */
    public WorkerSettings withWorker(String worker) {
        return new WorkerSettings(slots, queueSlots, poll, idlePoll, worker, stopDeadline, timeoutGrace, waking);
    }

    /** The same with this stop deadline. */
    public WorkerSettings withStopDeadline(Duration stopDeadline) {
        return new WorkerSettings(slots, queueSlots, poll, idlePoll, worker, stopDeadline, timeoutGrace, waking);
    }

    /** The same with this time for handlers to end after their timeouts. */
    public WorkerSettings withTimeoutGrace(Duration timeoutGrace) {
        return new WorkerSettings(slots, queueSlots, poll, idlePoll, worker, stopDeadline, timeoutGrace, waking);
    }

    /** The same, which notices other processes' jobs so. */
    public WorkerSettings withWaking(Waking waking) {
        return new WorkerSettings(slots, queueSlots, poll, idlePoll, worker, stopDeadline, timeoutGrace, waking);
    }

    /** The slots of this queue: its own number, else that of every queue. */
    public int slotsOf(String queue) {
        return queueSlots.getOrDefault(queue, slots);
    }

    private static void checkSlots(String of, int slots) {
        if (slots < 1 || slots > MAX_SLOTS) {
            throw new InvalidInputException(slots + " slots for " + of + " is outside 1 to " + MAX_SLOTS);
        }
    }

    private static String newWorkerName() {
        String host = hostName();
        return (host.length() > 64 ? host.substring(0, 64) : host) + "-" + ProcessHandle.current().pid() + "-"
                + Integer.toHexString(ThreadLocalRandom.current().nextInt(0x10000, 0x1000000));
    }

    /** From the environment where it is known there: asking the network can take seconds. */
    private static String hostName() {
        return Stream.of("HOSTNAME", "COMPUTERNAME").map(System::getenv).filter(name -> name != null && !name.isBlank())
                .findFirst().orElseGet(() -> {
                    try {
                        return InetAddress.getLocalHost().getHostName();
                    } catch (UnknownHostException e) {
                        return "unnamed-host"; // the name is for people only, and the process id follows
                    }
                });
    }
}
