package io.croft.ingest.fetch;

import io.croft.InvalidInputException;
import java.util.Objects;
import java.util.Optional;

/**
 * What to fetch.
 *
 * @param url          an absolute http or https URL, see {@link WebUrl#parse}
 * @param etag         what the server called the version that is known already: then it may answer 304
 * @param lastModified what the server said of when that was last changed, likewise
 */
public record FetchRequest(String url, Optional<String> etag, Optional<String> lastModified) {

    /** The longest etag or time, in characters. */
    public static final int MAX_VALIDATOR_CHARS = 500;

    public FetchRequest {
        Objects.requireNonNull(url, "url");
        etag.ifPresent(value -> check("etag", value));
        lastModified.ifPresent(value -> check("time of the last change", value));
    }

    /** A page of which nothing is known yet. */
    public static FetchRequest of(String url) {
        return new FetchRequest(url, Optional.empty(), Optional.empty());
    }

    /**
     * Whether a header's value can be sent back as one of this request: of visible ASCII and blanks, at most
     * {@value #MAX_VALIDATOR_CHARS} characters.
     */
    public static boolean isValidator(String value) {
        return value.length() <= MAX_VALIDATOR_CHARS && value.chars().allMatch(c -> c >= ' ' && c <= '~');
    }

    private static void check(String what, String value) {
        if (!isValidator(value)) {
            throw new InvalidInputException("the " + what + " of a page has " + value.length() + " characters, or one"
                    + " that is not of visible ASCII: leave it out");
        }
    }
}
