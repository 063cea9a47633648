/** The store of documents, listings and their chunks. Internal. */
@NullMarked
package io.croft.pg.content;

import org.jspecify.annotations.NullMarked;
