/** Records searches beside the query path and reports on them. */
@NullMarked
package io.croft.engine.analytics;

import org.jspecify.annotations.NullMarked;
