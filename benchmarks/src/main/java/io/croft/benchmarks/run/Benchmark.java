package io.croft.benchmarks.run;

/** One figure or proof, run from the command line. */
public interface Benchmark {

    /** Measures, prints what was measured and says how it went. */
    Outcome run() throws Exception;

    /** How it went. */
    enum Outcome {
        /** Measured, and the bar was reached. */
        REACHED(0),
        /** Measured, and the bar was missed. */
        MISSED(1),
        /** Not measured, because what it measures on is not there. */
        SKIPPED(3);

        private final int exitCode;

        Outcome(int exitCode) {
            this.exitCode = exitCode;
        }

        public int exitCode() {
            return exitCode;
        }
    }
}
