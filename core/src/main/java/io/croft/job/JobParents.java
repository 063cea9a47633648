package io.croft.job;

import io.croft.InvalidInputException;
import io.croft.input.Shown;
import java.util.List;

/**
 * The jobs that a job was enqueued after, until it has ended itself.
 *
 * @param list all of them, by their ids
 */
public record JobParents(List<JobParent> list) {

    /** Of a job that was enqueued after no other. */
    public static final JobParents NONE = new JobParents(List.of());

    public JobParents {
        list = List.copyOf(list);
    }

    /** How many ended so: completed, cancelled, or dead. */
    public long count(JobState end) {
        return list.stream().filter(parent -> parent.end().filter(end::equals).isPresent()).count();
    }

    /** How many are still waited for; 0 once the job runs. */
    public long open() {
        return list.stream().filter(parent -> parent.end().isEmpty()).count();
    }

    /**
     * The one of this name in the flow that the job came with.
     *
     * @throws InvalidInputException if the job did not come after a job of this name
     */
    public JobParent named(String name) {
        return list.stream().filter(parent -> parent.name().filter(name::equals).isPresent()).findFirst()
                .orElseThrow(() -> new InvalidInputException("the job did not come after a job "
                        + Shown.quoted(name)));
    }
}
