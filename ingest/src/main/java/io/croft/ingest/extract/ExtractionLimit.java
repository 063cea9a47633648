package io.croft.ingest.extract;

/** The limits that a file can reach, each set by the {@link ExtractionLimits} of the same name. */
public enum ExtractionLimit {

    /** The file's own size. */
    BYTES("Upload a smaller file, or raise the limit of bytes."),
    /** The size of what it unpacks to. */
    INFLATED_BYTES("Upload the parts as files of their own, or raise the limit of inflated bytes."),
    /** How many times more it unpacks to than it has. */
    RATIO("Save the file anew with the program that made it; if it is genuine, raise the limit of the ratio."),
    /** How deep files are within files. */
    DEPTH("Upload the inner files by themselves, or raise the limit of the depth."),
    /** How many parts and attachments it has. */
    ENTRIES("Upload the parts as files of their own, or raise the limit of entries."),
    /** How many pages, slides or images it has. */
    PAGES("Split the file, or raise the limit of pages."),
    /** How large an image is. */
    PIXELS("Scale the image down, or raise the limit of pixels."),
    /** How long its text is. */
    CHARACTERS("Split the file, or raise the limit of characters."),
    /** The memory that reading it takes. */
    HEAP("Split the file, or raise the limit of the heap."),
    /** What its reader sends back. */
    OUTPUT("Split the file, or raise the limit of characters.");

    private final String remedy;

    ExtractionLimit(String remedy) {
        this.remedy = remedy;
    }

    /** What to do about it, one sentence. */
    public String remedy() {
        return remedy;
    }
}
