/** Files on their way to becoming searchable: where they are kept. */
@NullMarked
package io.croft.intake;

import org.jspecify.annotations.NullMarked;
