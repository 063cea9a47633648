/** Several databases: the map of organisations, and their moves. */
@NullMarked
package io.croft.pg.shard;

import org.jspecify.annotations.NullMarked;
