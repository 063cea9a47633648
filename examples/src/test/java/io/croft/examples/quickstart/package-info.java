/** The quickstart, run as a person runs it. */
@NullMarked
package io.croft.examples.quickstart;

import org.jspecify.annotations.NullMarked;
