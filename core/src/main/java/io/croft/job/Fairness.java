package io.croft.job;

/** By what the lanes of a queue share its workers, each by its weight. */
public enum Fairness {
    /**
     * By the time for which their attempts keep a worker busy; each counts as a millisecond at least. A lane of slow
     * jobs starts fewer of them, so it takes no more from the others than one of quick jobs does. How long a job takes
     * is known when it has ended: until then its lane is charged with what its jobs took of late.
     */
    TIME,
    /** By the number of attempts, however long they take. */
    JOBS
}
