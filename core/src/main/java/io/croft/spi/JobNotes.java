package io.croft.spi;

import io.croft.OrgId;
import io.croft.job.CancelReceipt;
import io.croft.job.JobId;
import io.croft.job.LaneLimits;
import io.croft.job.QueueLimits;
import io.croft.job.RateLimit;
import io.croft.spi.JobStore.Lane;
import io.croft.spi.JobStore.Pausable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What stores write down of the administration of jobs: the same in all of them. */
public final class JobNotes {

    private static final String MORE = " …";

    private JobNotes() {
    }

    /** Nothing if no job was. */
    public static Optional<AuditNote> redriven(Acting by, OrgId org, List<JobId> redriven) {
        return jobs(by, org, "jobs.redrive", Map.of("redriven", redriven));
    }

    /** Nothing if no job was. */
    public static Optional<AuditNote> discarded(Acting by, OrgId org, List<JobId> discarded) {
        return jobs(by, org, "jobs.discard", Map.of("discarded", discarded));
    }

    /** Nothing if no job was ended or told. */
    public static Optional<AuditNote> cancelled(Acting by, OrgId org, CancelReceipt receipt) {
        return jobs(by, org, "jobs.cancel", Map.of("cancelled", receipt.cancelled(), "told", receipt.told()));
    }

    private static Optional<AuditNote> jobs(Acting by, OrgId org, String action, Map<String, List<JobId>> groups) {
        Map<String, String> after = new TreeMap<>();
        groups.forEach((name, ids) -> {
            if (!ids.isEmpty()) {
                after.put(name, Integer.toString(ids.size()));
                after.put(name + ".ids", shown(ids));
            }
        });
        return after.isEmpty() ? Optional.empty() : Optional.of(by.note(org, action, "", Map.of(), after));
    }

    /** As many of them as there is room for. */
    private static String shown(List<JobId> ids) {
        StringBuilder text = new StringBuilder();
        for (JobId id : ids) {
            String next = (text.isEmpty() ? "" : " ") + id.value();
            if (text.length() + next.length() + MORE.length() > AuditNote.MAX_VALUE_CHARS) {
                return text.append(MORE).toString();
            }
            text.append(next);
        }
        return text.toString();
    }

    /** New limits of a lane. */
    public static AuditNote limits(Acting by, OrgId org, String queue, LaneLimits before, LaneLimits after) {
        return by.note(org, "jobs.setLimits", queue, values(before), values(after));
    }

    private static Map<String, String> values(LaneLimits limits) {
        Map<String, String> values = new TreeMap<>();
        values.put("maxRunning", Integer.toString(limits.maxRunning()));
        values.put("weight", Double.toString(limits.weight()));
        limits.rate().ifPresent(rate -> values.putAll(values(rate)));
        return values;
    }

    private static Map<String, String> values(RateLimit rate) {
        return Map.of("perSecond", Double.toString(rate.perSecond()), "burst", Integer.toString(rate.burst()));
    }

    /** New limits of a queue. */
    public static AuditNote limits(Acting by, String queue, QueueLimits before, QueueLimits after) {
        return by.note("queues.setLimits", queue, values(before), values(after));
    }

    private static Map<String, String> values(QueueLimits limits) {
        Map<String, String> values = new TreeMap<>();
        limits.maxRunning().ifPresent(most -> values.put("maxRunning", Integer.toString(most)));
        values.put("fairness", limits.fairness().name());
        return values;
    }

    /** A pause. */
    public static AuditNote paused(Acting by, Pausable what) {
        return pause(by, what, "pause", "true");
    }

    /** The end of a pause. */
    public static AuditNote resumed(Acting by, Pausable what) {
        return pause(by, what, "resume", "false");
    }

    private static AuditNote pause(Acting by, Pausable what, String verb, String paused) {
        Map<String, String> after = Map.of("paused", paused);
        return switch (what) {
            case Lane(OrgId org, String queue) -> by.note(org, "jobs." + verb, queue, Map.of(), after);
            case Pausable.Org(OrgId org) -> by.note(org, "jobs." + verb + "All", "", Map.of(), after);
            case Pausable.Queue(String queue) -> by.note("queues." + verb, queue, Map.of(), after);
        };
    }
}
