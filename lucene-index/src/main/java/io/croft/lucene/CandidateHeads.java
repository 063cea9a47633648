package io.croft.lucene;

import io.croft.CroftException;
import io.croft.OrgId;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession.Candidate;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.LeafReaderContext;
import org.jspecify.annotations.Nullable;

/** Says of what was found whose it is: makes candidates of Lucene's numbers, by the heads of the chunks. */
final class CandidateHeads {

    private final IndexScope scope;
    private final Path folder;
    private final List<LeafReaderContext> leaves;

    /**
     * The heads of one reader.
     *
     * @param scope  whose chunks it may hold
     * @param folder where its files are, for messages
     */
    CandidateHeads(IndexScope scope, Path folder, List<LeafReaderContext> leaves) {
        this.scope = scope;
        this.folder = folder;
        this.leaves = leaves;
    }

    /**
     * A candidate for each of these, which are in order.
     *
     * @param cosines a cosine for each; null if there are none
     * @param bm25    a BM25 for each; null if there are none
     */
    List<Candidate> candidates(int[] documents, float @Nullable [] cosines, float @Nullable [] bm25)
            throws IOException {
        List<Candidate> candidates = new ArrayList<>(documents.length);
        int at = 0;
        for (LeafReaderContext leaf : leaves) {
            int end = leaf.docBase + leaf.reader().maxDoc();
            BinaryDocValues heads = at < documents.length && documents[at] < end ? of(leaf) : null;
            for (; heads != null && at < documents.length && documents[at] < end; at++) {
                ChunkHead head = ChunkHead.read(heads, documents[at] - leaf.docBase);
                candidates.add(new Candidate(documents[at], key(head), head.ordinal(),
                        cosines == null ? 0 : cosines[at], bm25 == null ? 0 : bm25[at], head.traits()));
            }
        }
        return candidates;
    }

    /** The key of a chunk's document. */
    ContentKey key(ChunkHead head) {
        return new ContentKey(owner(head), head.id());
    }

    /** Whose chunk it is; in a private index there is only one answer, and any other must never be seen. */
    private OrgId owner(ChunkHead head) {
        return switch (scope) {
            case IndexScope.MarketIndex market -> head.org();
            case IndexScope.PrivateIndex index -> {
                if (!head.isOf(index.org())) {
                    throw new CroftException("index " + folder + " of organisation " + index.org()
                            + " holds a chunk of another one: it was refused; remove the folder and have it rebuilt");
                }
                yield index.org();
            }
        };
    }

    /** Where each Lucene document of a segment has its {@link ChunkHead}. */
    static BinaryDocValues of(LeafReaderContext leaf) throws IOException {
        return DocValues.getBinary(leaf.reader(), ChunkSchema.HEAD);
    }
}
