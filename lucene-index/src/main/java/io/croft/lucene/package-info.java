/**
 * One Lucene index for each org and one for the marketplace. {@link io.croft.lucene.LuceneIndex} is all that a host
 * sees; {@code text} below holds what is done with words alone, and knows nothing of the indexes.
 */
@NullMarked
package io.croft.lucene;

import org.jspecify.annotations.NullMarked;
