/**
 * Answers queries: embeds, asks both sources, merges. A leg is one of the two ways in which a source looks for
 * candidates, by words or by meaning; what a source found by all its legs are its finds. A document is a private
 * document or a listing; what an index counts and finds are its chunks.
 */
@NullMarked
package io.croft.engine.search;

import org.jspecify.annotations.NullMarked;
