package io.croft.search;

/** Which signals find and rank. */
public enum SearchMode {
    /** Words and meaning: BM25 and cosine. */
    HYBRID,
    /** Meaning alone: cosine. */
    VECTOR,
    /** Words alone: BM25. The query is not embedded. */
    TEXT
}
