/**
 * The stores of Croft on Postgres: every SQL statement of the project. {@link io.croft.pg.PgStore} is all that a host
 * sees. Below it lie, unseen outside the module: {@code tx}, the one way to the database, on which all others stand;
 * {@code queue}; {@code notify} and {@code change}, what is told and read of new content; {@code content}, which uses
 * them; and beside these {@code audit}, which looks at what all of them rely on. Here stay the installation and the
 * stores of organisations, secrets and analytics.
 */
@NullMarked
package io.croft.pg;

import org.jspecify.annotations.NullMarked;
