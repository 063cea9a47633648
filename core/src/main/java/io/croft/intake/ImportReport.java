package io.croft.intake;

import java.util.List;

/**
 * What became of an import. Run again, everything that was written is unchanged: that compares each item with what is
 * stored, by its hash.
 *
 * @param read      items that were read
 * @param written   items that were new or had changed
 * @param unchanged items that said what the newest revision says already
 * @param refused   items that cannot be stored
 * @param problems  why, of the first {@value #MAX_PROBLEMS} of these: each names its item, and holds none of its text
 * @param ended     whether it came to the end of what is brought; not if it was interrupted
 */
public record ImportReport(long read, long written, long unchanged, long refused, List<String> problems,
        boolean ended) {

    /** The most problems that are told. */
    public static final int MAX_PROBLEMS = 100;

    public ImportReport {
        problems = List.copyOf(problems);
    }

    /** Whether everything was read, and is as it was then. */
    public boolean isComplete() {
        return ended && refused == 0 && read == written + unchanged;
    }
}
