/** Tests of the worker runtime, over a job store in memory that can be taken away and made slow. */
@NullMarked
package io.croft.engine.job;

import org.jspecify.annotations.NullMarked;
