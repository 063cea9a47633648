/** Answers queries: embeds, asks both sources, merges. */
@NullMarked
package io.croft.engine.search;

import org.jspecify.annotations.NullMarked;
