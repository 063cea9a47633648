package io.croft.ingest.extract;

/** Whether the text of images is recognised. */
public enum Ocr {
    /** Where a page or an image has no text of its own. It takes about two seconds a page. */
    WHERE_NEEDED,
    /** Not now: pages that need it are named in {@link Extraction#pagesWithoutText()}. */
    LATER
}
