/** Private crofts, common grazing: the one entry to search and jobs for multi-tenant applications. */
@NullMarked
package io.croft;

import org.jspecify.annotations.NullMarked;
