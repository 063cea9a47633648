package io.croft.lucene.text;

import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.util.Bits;
import org.jspecify.annotations.Nullable;

/** Chunks of a reader that a searcher does not see. */
@FunctionalInterface
public interface HiddenChunks {

    /** Where nothing is hidden. */
    HiddenChunks NONE = leaf -> null;

    /** Those of one segment; null if there are none. */
    @Nullable
    Bits in(LeafReaderContext leaf);
}
