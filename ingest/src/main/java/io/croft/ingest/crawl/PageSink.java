package io.croft.ingest.crawl;

/**
 * Where a crawl's pages go. What it is told once it may be told again after a crash, so both calls must bear that. If
 * one throws, the crawl stops there and can be gone on with.
 */
public interface PageSink {

    /** Keeps a page, in place of what is kept under its id. */
    void keep(CrawledPage page);

    /** Removes what is kept under this id, if anything is. */
    void remove(String id);

    /**
     * Whether what was kept under this id is still there, or on its way. What is not is asked for anew, also if it has
     * not changed. By default it always is.
     */
    default boolean holds(String id) {
        return true;
    }
}
