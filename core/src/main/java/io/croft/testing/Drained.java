package io.croft.testing;

import io.croft.job.Job;
import io.croft.testing.Drained.Left.Why;
import io.croft.testing.Ran.End;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * What a drain did.
 *
 * @param ran  the attempts, in the order in which they ran
 * @param left of the jobs that were wanted, those that are due and could not run, by their ids; {@value #MAX_LEFT} at
 *             most
 */
public record Drained(List<Ran> ran, List<Left> left) {

    /** The most jobs listed as left. */
    public static final int MAX_LEFT = 1000;

    public Drained {
        ran = List.copyOf(ran);
        left = List.copyOf(left);
    }

    /**
     * A job that is due and could not run.
     *
     * @param job as it stands
     * @param why what kept it
     */
    public record Left(Job job, Why why) {

        /** What keeps a job that is due from running. */
        public enum Why {
            /** No handler was given for its kind. */
            NO_HANDLER,
            /** Its queue, its organisation or its lane is paused. */
            PAUSED,
            /** Its organisation may run nothing in this queue, or those that run use up a limit. */
            AT_LIMIT,
            /** A rate limit: it runs in a later drain, when the clock has been moved on. */
            THROTTLED
        }

        public Left {
            Objects.requireNonNull(job, "job");
            Objects.requireNonNull(why, "why");
        }
    }

    /** The attempts that ended so. */
    public List<Ran> ran(End end) {
        return ran.stream().filter(one -> one.end() == end).toList();
    }

    /** The attempts whose jobs are done. */
    public List<Ran> completed() {
        return ran(End.COMPLETED);
    }

    /** The attempts that failed and are to be repeated. */
    public List<Ran> retried() {
        return ran(End.RETRIED);
    }

    /** The attempts that failed and left a dead letter. */
    public List<Ran> died() {
        return ran(End.DIED);
    }

    /**
     * The same, if no attempt failed and no job was left because nobody handles its kind.
     *
     * @throws DrainException if there are such; what the first handler threw is its cause, what others threw is
     *                        suppressed in it
     */
    public Drained orThrow() {
        List<Ran> failed = ran.stream().filter(Ran::failed).toList();
        List<String> unhandled = left.stream().filter(one -> one.why() == Why.NO_HANDLER)
                .map(one -> one.job().kind()).distinct().toList();
        if (failed.isEmpty() && unhandled.isEmpty()) {
            return this;
        }
        List<Throwable> thrown = failed.stream().flatMap(one -> one.thrown().stream()).distinct().toList();
        DrainException exception = new DrainException(told(failed, unhandled),
                thrown.isEmpty() ? null : thrown.getFirst(), this);
        thrown.stream().skip(1).forEach(exception::addSuppressed);
        throw exception;
    }

    private String told(List<Ran> failed, List<String> unhandled) {
        String attempts = failed.isEmpty()
                ? ""
                : failed.size() + " of " + ran.size() + " attempts failed, the first of them attempt "
                        + failed.getFirst().attempt() + " of job " + failed.getFirst().id() + " of kind "
                        + failed.getFirst().kind();
        String kinds = unhandled.isEmpty()
                ? ""
                : "there is no handler for job kind " + String.join(", ", unhandled) + ": give one to the builder";
        return attempts + (attempts.isEmpty() || kinds.isEmpty() ? "" : "; ") + kinds;
    }

    /** How many attempts ended how, and why jobs were left. */
    @Override
    public String toString() {
        return "Drained[ran=" + ran.stream().collect(Collectors.groupingBy(Ran::end, Collectors.counting()))
                + ", left=" + left.stream().collect(Collectors.groupingBy(Left::why, Collectors.counting())) + "]";
    }
}
