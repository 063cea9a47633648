/**
 * The audit of a schema's tenancy: what the system catalogues say, check by check, and what two fresh organisations
 * really see of each other.
 */
@NullMarked
package io.croft.pg.audit;

import org.jspecify.annotations.NullMarked;
