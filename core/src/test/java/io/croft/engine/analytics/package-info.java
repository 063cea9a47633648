/** Tests of the recorder and the reports. */
@NullMarked
package io.croft.engine.analytics;

import org.jspecify.annotations.NullMarked;
