/** Fetches pages from the web for tenants, and never from what lies behind the host's own door. */
@NullMarked
package io.croft.ingest.fetch;

import org.jspecify.annotations.NullMarked;
