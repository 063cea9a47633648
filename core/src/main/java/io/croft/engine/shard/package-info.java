/**
 * The job queue over several databases: for each a {@link io.croft.engine.job.JobEngine}, and what finds that of an
 * organisation. {@link io.croft.engine.shard.RoutedJobQueue} is the door; {@code ShardRoutes} asks the map, remembers,
 * and makes a call again that met a move.
 */
@NullMarked
package io.croft.engine.shard;

import org.jspecify.annotations.NullMarked;
