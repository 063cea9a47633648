package io.croft.ingest;

import io.croft.OrgId;
import io.croft.content.EmbeddingModel;
import io.croft.spi.Chunk;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.ContentStore;
import io.croft.spi.ContentStore.Pending;
import io.croft.spi.IndexScope;
import io.croft.spi.OrgStore;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The vectors that an older revision of a document has already: a stretch that says the same under the same title, by
 * the same model, has the same one. So a change costs what it changes. Thread-safe.
 */
final class KnownVectors {

    private final ContentStore content;
    private final Optional<OrgStore> orgs;

    /**
     * Of what is stored.
     *
     * @param orgs none are known where it is empty
     */
    KnownVectors(ContentStore content, Optional<OrgStore> orgs) {
        this.content = content;
        this.orgs = orgs;
    }

    /** By the texts of chunks. */
    Map<String, float[]> of(OrgId org, Pending pending, EmbeddingModel model) {
        Optional<IndexScope> scope = pending.revision() > 1 ? scope(org, pending) : Optional.empty();
        if (scope.isEmpty()) {
            return Map.of();
        }
        List<ContentChunks> found = content.chunks(scope.get(), List.of(new ContentKey(org, pending.content().id())));
        Map<String, float[]> known = new HashMap<>();
        for (ContentChunks old : found) {
            if (old.modelId().equals(model.id()) && old.title().equals(pending.content().title())) {
                for (Chunk chunk : old.chunks()) {
                    if (chunk.vector().length == model.dimensions()) {
                        known.put(chunk.text(), chunk.vector());
                    }
                }
            }
        }
        return known;
    }

    private Optional<IndexScope> scope(OrgId org, Pending pending) {
        return switch (pending.source()) {
            case PRIVATE -> orgs.flatMap(store -> store.find(org))
                    .map(life -> new IndexScope.PrivateIndex(life.id(), life.incarnation()));
            case MARKETPLACE -> orgs.map(store -> new IndexScope.MarketIndex());
        };
    }
}
