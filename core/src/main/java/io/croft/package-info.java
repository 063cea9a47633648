/**
 * The entry of the library: {@link io.croft.Croft}, who calls ({@link io.croft.TenantContext}) and for which
 * organisation.
 */
@NullMarked
package io.croft;

import org.jspecify.annotations.NullMarked;
