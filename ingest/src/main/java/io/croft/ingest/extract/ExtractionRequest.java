package io.croft.ingest.extract;

import java.util.Objects;

/**
 * What is known of a file before it is read, and how to read it.
 *
 * @param name         its name, may be empty; the ending helps to tell formats apart that look the same
 * @param declaredType its media type as the one who brought it says, may be empty; believed only where what the file
 *                     holds does not say otherwise
 * @param ocr          whether the text of its images is recognised
 */
public record ExtractionRequest(String name, String declaredType, Ocr ocr) {

    /** So much of a name and a type is looked at. */
    private static final int MAX_CHARS = 1_000;

    public ExtractionRequest {
        name = end(name);
        declaredType = end(declaredType);
        Objects.requireNonNull(ocr, "ocr");
    }

    /** A file of this name, its images read where that is needed. */
    public static ExtractionRequest of(String name) {
        return new ExtractionRequest(name, "", Ocr.WHERE_NEEDED);
    }

    /** The same with this media type declared. */
    public ExtractionRequest withDeclaredType(String type) {
        return new ExtractionRequest(name, type, ocr);
    }

    /** The same with text of images recognised, or not. */
    public ExtractionRequest withOcr(Ocr whether) {
        return new ExtractionRequest(name, declaredType, whether);
    }

    private static String end(String text) {
        return text.substring(Math.max(0, text.length() - MAX_CHARS));
    }
}
