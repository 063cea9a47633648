package io.croft.engine.job;

import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.job.Waking;
import io.croft.spi.ChangeFeed.Listening;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.Signal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Tells other processes of jobs that they may want to run, or must end, and acts on what they tell. What this process
 * has free slots for is not told: it will claim that itself. Thread-safe.
 */
final class Signals {

    private final JobStore store;
    private final Waking waking;
    private final Upkeep upkeep;
    private final Heartbeats heartbeats;
    private volatile Listening listening = Listening.DEAF;

    Signals(JobStore store, Waking waking, Upkeep upkeep, Heartbeats heartbeats) {
        this.store = store;
        this.waking = waking;
        this.upkeep = upkeep;
        this.heartbeats = heartbeats;
    }

    /** Begins to listen. */
    void start() {
        switch (waking) {
            case SIGNALS -> listening = store.listen(this::heard);
            case POLL -> {
                // it looks by itself
            }
        }
    }

    void stop() {
        listening.close();
    }

    /** These were enqueued and committed, with these answers. What is for later is not told. */
    void enqueued(List<JobRequest> jobs, List<JobReceipt> receipts) {
        if (waking == Waking.POLL) {
            return;
        }
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < jobs.size(); i++) {
            if (mayRunNow(receipts.get(i))) {
                counts.merge(jobs.get(i).kind().queue(), 1, Integer::sum);
            }
        }
        counts.forEach(upkeep::tell);
    }

    /** A duplicate that replaced nothing changes nothing; one that replaced may have a job run that was for later. */
    private static boolean mayRunNow(JobReceipt receipt) {
        return receipt.state() == JobState.READY && (!receipt.duplicate() || receipt.replaced());
    }

    /** Jobs that run elsewhere were cancelled. */
    void cancelled() {
        if (waking == Waking.SIGNALS) {
            store.signal(new Signal.Cancelled());
        }
    }

    private void heard(Signal signal) {
        switch (signal) {
            case Signal.Enqueued(String queue) -> upkeep.told(queue);
            case Signal.Cancelled cancelled -> heartbeats.beatNow();
            case Signal.Missed missed -> {
                upkeep.askAll();
                heartbeats.beatNow();
            }
        }
    }
}
