/** One Lucene index for each org and one for the marketplace. */
@NullMarked
package io.croft.lucene;

import org.jspecify.annotations.NullMarked;
