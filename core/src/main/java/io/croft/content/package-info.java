/**
 * Private documents and published listings, and the model that embeds them.
 */
@NullMarked
package io.croft.content;

import org.jspecify.annotations.NullMarked;
