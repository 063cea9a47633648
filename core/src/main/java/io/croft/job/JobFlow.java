package io.croft.job;

import io.croft.InvalidInputException;
import io.croft.input.Shown;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;

/**
 * Jobs of one organisation that are enqueued together, all or none, and of which some wait for others. Each has a name,
 * by which others of the flow say that they come after it; what comes after what is a graph without cycles, over any
 * queues. Immutable; {@link #with} returns a changed copy.
 *
 * <pre>{@code
 * JobFlow flow = JobFlow.of("fetch", JobRequest.of(fetch, "{\"site\": 7}"))
 *         .with("words", JobRequest.of(words, "{}").withAfter(After.success("fetch")))
 *         .with("images", JobRequest.of(images, "{}").withAfter(After.success("fetch")))
 *         .with("report", JobRequest.of(report, "{}").withAfter(After.end("words"), After.end("images")));
 * FlowReceipt receipt = croft.jobs().enqueueFlow(acme, flow);
 * }</pre>
 *
 * <p>A flow is what it was when it was enqueued: jobs that are found to be needed later are enqueued as jobs, or flows,
 * of their own, which may come after jobs of the first one.
 */
public final class JobFlow {

    /** The most jobs of a flow. */
    public static final int MAX_JOBS = 1000;
    /** How many times at most jobs of a flow, or of one enqueue, may come after others. */
    public static final int MAX_DEPENDENCIES = 10_000;
    /** The name of the job in a {@link #batch} that comes after all others. */
    public static final String COMPLETION = "completion";

    private final Map<String, JobRequest> jobs;

    private JobFlow(Map<String, JobRequest> jobs) {
        if (jobs.isEmpty() || jobs.size() > MAX_JOBS) {
            throw new InvalidInputException(jobs.size() + " jobs of a flow are outside 1 to " + MAX_JOBS
                    + ": let a job of the flow enqueue a flow of its own");
        }
        int dependencies = jobs.values().stream().mapToInt(job -> job.after().size()).sum();
        if (dependencies > MAX_DEPENDENCIES) {
            throw new InvalidInputException("the jobs of a flow come " + dependencies + " times after others: the most "
                    + "is " + MAX_DEPENDENCIES);
        }
        this.jobs = Collections.unmodifiableMap(jobs);
    }

    /**
     * A flow of one job, to be added to.
     *
     * @param name 1 to {@value After#MAX_NAME_BYTES} bytes of UTF-8 on one line
     */
    public static JobFlow of(String name, JobRequest job) {
        return of(Map.of(name, job));
    }

    /**
     * A flow of these jobs by their names, in any order.
     *
     * @param jobs 1 to {@value #MAX_JOBS}; names as in {@link #of(String, JobRequest)}
     * @throws InvalidInputException if there are none or too many, or a name is none
     */
    public static JobFlow of(Map<String, JobRequest> jobs) {
        Map<String, JobRequest> named = new LinkedHashMap<>();
        jobs.forEach((name, job) -> {
            After.checkName(name);
            named.put(name, Objects.requireNonNull(job, "job"));
        });
        return new JobFlow(named);
    }

    /**
     * A batch: these jobs, named by their numbers from "1", and one that runs once all of them have ended, however they
     * did, named {@value #COMPLETION}. Its handler sees by {@link JobContext#parents} how they did.
     *
     * @param members    1 to 999
     * @param completion what runs at the end
     * @throws InvalidInputException if there are none or too many
     */
    public static JobFlow batch(List<JobRequest> members, JobRequest completion) {
        Map<String, JobRequest> named = new LinkedHashMap<>();
        List<After> all = new ArrayList<>(completion.after());
        if (members.isEmpty() || members.size() >= MAX_JOBS) {
            throw new InvalidInputException(members.size() + " jobs of a batch are outside 1 to " + (MAX_JOBS - 1)
                    + ": make several batches, and one of their completions");
        }
        for (JobRequest member : members) {
            String name = Integer.toString(named.size() + 1);
            named.put(name, member);
            all.add(After.end(name));
        }
        named.put(COMPLETION, completion.withAfter(all));
        return of(named);
    }

    /**
     * The same with one job more.
     *
     * @param name as in {@link #of(String, JobRequest)}, and new
     * @throws InvalidInputException if it is none or not new, or there are too many
     */
    public JobFlow with(String name, JobRequest job) {
        After.checkName(name);
        Map<String, JobRequest> more = new LinkedHashMap<>(jobs);
        if (more.put(name, Objects.requireNonNull(job, "job")) != null) {
            throw new InvalidInputException("a flow has two jobs of one name, " + Shown.quoted(name)
                    + ": give each a name of its own");
        }
        return new JobFlow(more);
    }

    /** The jobs by their names, in the order in which they were added. */
    public Map<String, JobRequest> jobs() {
        return jobs;
    }

    /**
     * The jobs by their names, each behind those that it comes after, and else as they were added.
     *
     * @throws InvalidInputException if one comes after a name that is not in the flow, or after itself by any way
     */
    public Map<String, JobRequest> ordered() {
        Map<String, List<String>> followers = new HashMap<>();
        Map<String, Integer> open = new HashMap<>();
        jobs.forEach((name, job) -> {
            Collection<String> parents = parents(job);
            open.put(name, parents.size());
            for (String parent : parents) {
                if (!jobs.containsKey(parent)) {
                    throw new InvalidInputException("job " + Shown.quoted(name) + " of a flow comes after "
                            + Shown.quoted(parent) + ", which is not in the flow");
                }
                followers.computeIfAbsent(parent, key -> new ArrayList<>()).add(name);
            }
        });
        Queue<String> next = new ArrayDeque<>();
        jobs.keySet().stream().filter(name -> open.getOrDefault(name, 0) == 0).forEach(next::add);
        Map<String, JobRequest> ordered = new LinkedHashMap<>();
        while (!next.isEmpty()) {
            String name = next.remove();
            ordered.put(name, Objects.requireNonNull(jobs.get(name)));
            for (String follower : followers.getOrDefault(name, List.of())) {
                if (open.merge(follower, -1, Integer::sum) == 0) {
                    next.add(follower);
                }
            }
        }
        if (ordered.size() < jobs.size()) {
            List<String> left = jobs.keySet().stream().filter(name -> !ordered.containsKey(name)).limit(5)
                    .map(Shown::quoted).toList();
            throw new InvalidInputException("jobs of a flow come after themselves: there is a cycle at or before "
                    + String.join(", ", left));
        }
        return Collections.unmodifiableMap(ordered);
    }

    /** The jobs of the flow that this one comes after. */
    private static Collection<String> parents(JobRequest job) {
        return job.after().stream().filter(After.Member.class::isInstance).map(after -> ((After.Member) after).name())
                .distinct().toList();
    }

    /** How many jobs there are. */
    @Override
    public String toString() {
        return "JobFlow[" + jobs.size() + " jobs]";
    }
}
