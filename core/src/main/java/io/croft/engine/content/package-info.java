/** Takes documents and listings in. */
@NullMarked
package io.croft.engine.content;

import org.jspecify.annotations.NullMarked;
