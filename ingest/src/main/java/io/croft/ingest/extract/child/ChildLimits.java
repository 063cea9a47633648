package io.croft.ingest.extract.child;

/**
 * The limits that readers see to, as the host gives them: see {@link io.croft.ingest.extract.ExtractionLimits}.
 *
 * @param inflatedBytes what parts unpack to
 * @param ratio         how many times a file's size that may be
 * @param depth         files within files
 * @param entries       parts and attachments
 * @param pages         pages, slides and images
 * @param pixels        an image's width times its height
 * @param characters    the text
 * @param ocrSeconds    the time for text in images
 */
record ChildLimits(long inflatedBytes, long ratio, long depth, long entries, long pages, long pixels, long characters,
        long ocrSeconds) {

    /** Reads them from the process's argument: numbers, in this order, with commas between them. */
    static ChildLimits parse(String argument) {
        String[] parts = argument.split(",", -1);
        long[] values = new long[8];
        for (int i = 0; i < values.length; i++) {
            values[i] = Long.parseLong(parts[i]);
        }
        return new ChildLimits(values[0], values[1], values[2], values[3], values[4], values[5], values[6], values[7]);
    }
}
