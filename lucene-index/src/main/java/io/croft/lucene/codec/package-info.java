/** How the segments of indexes are written, and how sparingly what describes them is held. */
@NullMarked
package io.croft.lucene.codec;

import org.jspecify.annotations.NullMarked;
