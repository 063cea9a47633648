package io.croft.benchmarks.queue;

import io.croft.benchmarks.machine.ChildJvm;
import io.croft.benchmarks.queue.WorkLog.Attempt;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * Four worker processes that are killed and replaced, and stopped past their leases and resumed. Where libfaketime is
 * found, one's clock is a day ahead and another's a day behind. Used by one thread.
 */
final class FaultCrew implements AutoCloseable {

    static final int WORKERS = 4;
    /** Names libfaketime's file, for JVMs the one with threads: {@code libfaketimeMT.so.1}. */
    static final String FAKETIME_PROPERTY = "croft.faketime";

    private static final Duration PAST_LEASE = FaultWorker.LEASE.plusMillis(1500);
    private static final String[] OFFSETS = {"", "+24h", "-24h", ""};

    private final List<String> address;
    private final Path folder;
    private final SplittableRandom random;
    private final Optional<Path> faketime;
    private final List<Worker> workers = new ArrayList<>();
    private final List<Path> logs = new ArrayList<>();

    private static final class Worker {
        private final int place;
        private ChildJvm jvm;
        private boolean ready;
        private long resumeNanos;

        Worker(int place, ChildJvm jvm) {
            this.place = place;
            this.jvm = jvm;
        }
    }

    FaultCrew(List<String> address, Path folder, SplittableRandom random) {
        this.address = address;
        this.folder = folder;
        this.random = random;
        this.faketime = faketime();
        for (int place = 0; place < WORKERS; place++) {
            workers.add(new Worker(place, start(place)));
        }
    }

    private static Optional<Path> faketime() {
        return Stream.of(System.getProperty(FAKETIME_PROPERTY, ""),
                "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
                "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1").filter(file -> !file.isBlank())
                .map(Path::of).filter(Files::exists).findFirst();
    }

    /** Whether two of them have clocks that are off. */
    boolean hasClocksOff() {
        return faketime.isPresent();
    }

    private ChildJvm start(int place) {
        String name = "worker-" + place + "-" + logs.size();
        Path log = folder.resolve(name + ".attempts");
        logs.add(log);
        List<String> args = new ArrayList<>(address);
        args.addAll(List.of(name, log.toString()));
        Map<String, String> environment = new HashMap<>();
        if (faketime.isPresent() && !OFFSETS[place].isEmpty()) {
            environment.put("LD_PRELOAD", faketime.get().toString());
            environment.put("FAKETIME", OFFSETS[place]);
            environment.put("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        }
        return ChildJvm.start(FaultWorker.class, name, folder, args, environment);
    }

    /** Kills one with SIGKILL and starts another in its place; returns false if none is at work. */
    boolean kill() {
        Optional<Worker> victim = atWork();
        victim.ifPresent(worker -> {
            worker.jvm.kill();
            worker.jvm = start(worker.place);
            worker.ready = false;
        });
        return victim.isPresent();
    }

    /** Has one stand still until its leases are over; returns false if none is at work. */
    boolean stop() {
        Optional<Worker> victim = atWork();
        victim.ifPresent(worker -> {
            worker.jvm.pause();
            worker.resumeNanos = System.nanoTime() + PAST_LEASE.toNanos();
        });
        return victim.isPresent();
    }

    /** Has those go on whose leases are over. */
    void resumeWhoIsDue() {
        for (Worker worker : workers) {
            if (worker.resumeNanos != 0 && System.nanoTime() - worker.resumeNanos >= 0) {
                worker.jvm.resume();
                worker.resumeNanos = 0;
            }
        }
    }

    boolean isAnyStopped() {
        return workers.stream().anyMatch(worker -> worker.resumeNanos != 0);
    }

    /** Starts those again that ended while they started, because they could not reach the database. */
    void revive() {
        for (Worker worker : workers) {
            if (!worker.ready) {
                try {
                    worker.ready = worker.jvm.hasLine("READY");
                } catch (IllegalStateException ended) {
                    worker.jvm.close();
                    worker.jvm = start(worker.place);
                }
            }
        }
    }

    private Optional<Worker> atWork() {
        revive();
        List<Worker> some = workers.stream().filter(worker -> worker.ready && worker.resumeNanos == 0).toList();
        return some.isEmpty() ? Optional.empty() : Optional.of(some.get(random.nextInt(some.size())));
    }

    /** Ends them in order and reads what all of them did, also those that were killed. */
    List<Attempt> finish() {
        workers.stream().filter(worker -> worker.jvm.stop() != 0 && worker.ready).forEach(worker -> {
            throw new IllegalStateException("worker " + worker.place + " did not end in order");
        });
        List<Attempt> attempts = new ArrayList<>();
        for (Path log : logs) {
            if (Files.exists(log)) { // else it was killed before it had made it
                attempts.addAll(WorkLog.read(log, WorkLog.micros(Instant.now())));
            }
        }
        return attempts;
    }

    @Override
    public void close() {
        workers.forEach(worker -> worker.jvm.close());
    }
}
