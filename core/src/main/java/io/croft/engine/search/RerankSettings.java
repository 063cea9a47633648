package io.croft.engine.search;

import io.croft.search.Reranker;
import java.time.Duration;
import java.util.Optional;

/**
 * Whether and how hits are reranked.
 *
 * @param reranker the host's, if it has one
 * @param top      how many hits it gets at most
 * @param timeout  how long it may take
 */
public record RerankSettings(Optional<Reranker> reranker, int top, Duration timeout) {
}
