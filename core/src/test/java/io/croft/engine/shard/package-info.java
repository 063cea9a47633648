/** Tests of the job queue over several stores, in memory. */
@NullMarked
package io.croft.engine.shard;

import org.jspecify.annotations.NullMarked;
