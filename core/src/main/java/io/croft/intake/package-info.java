/** Texts and files on their way to becoming searchable: taking them in, how far they are, and where files are kept. */
@NullMarked
package io.croft.intake;

import org.jspecify.annotations.NullMarked;
