package io.croft.job;

/** Is told where a watched job stands. */
@FunctionalInterface
public interface JobListener {

    /** The job stands here now. After a state that {@linkplain JobState#hasEnded has ended} nothing more is told. */
    void changed(JobStatus status);

    /** There is no record of such a job, or none any more. Nothing more is told. Does nothing by default. */
    default void gone() {
    }
}
