package io.croft.ingest.extract;

import java.util.Optional;

/**
 * How reading a file ended.
 *
 * @param status what happened
 * @param limit  which limit was reached, if that is the status
 * @param reason what was found, one sentence without the file's contents; empty after success
 * @param remedy what to do, one sentence; empty after success
 */
public record Outcome(Status status, Optional<ExtractionLimit> limit, String reason, String remedy) {

    /** Success. */
    public static final Outcome EXTRACTED = new Outcome(Status.EXTRACTED, Optional.empty(), "", "");

    /** How a reading can end. Only the first gives a text. */
    public enum Status {
        /** There is a text. Pages that are still without one are named beside it. */
        EXTRACTED,
        /** The file was read and holds no text. */
        NO_TEXT,
        /** Its text is in images, and what reads those is not installed. */
        OCR_MISSING,
        /** Its format is none of those that are read, or it is locked by a password or by certificates. */
        UNSUPPORTED,
        /** It is not what its format demands. */
        DAMAGED,
        /** It, or what it unpacks to, is beyond a limit. */
        LIMIT,
        /** Reading it took too long. */
        TIMEOUT,
        /** Its reader died, or what recognises the text of images failed. */
        CRASHED
    }

    /** An end without a text that is not a limit's. */
    public static Outcome of(Status status, String reason, String remedy) {
        return new Outcome(status, Optional.empty(), reason, remedy);
    }

    /** An end at a limit. */
    public static Outcome of(ExtractionLimit limit, String reason) {
        return new Outcome(Status.LIMIT, Optional.of(limit), reason, limit.remedy());
    }
}
