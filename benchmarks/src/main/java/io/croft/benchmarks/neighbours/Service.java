package io.croft.benchmarks.neighbours;

import java.time.Duration;

/** What organisations ask a product for. One run at a time. */
interface Service {

    /** For people to read. */
    String name();

    /** How late an answer may be, after the call was due, to be of use. */
    Duration useful();

    /** How many calls a second it answers while there is always one to answer, of all organisations alike. */
    double capacity(Duration time);

    /** Makes calls when they are due; returns when nothing is left of them. */
    Fates run(Arrivals arrivals);
}
