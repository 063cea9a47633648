/** Crawls a site: politely, within its bounds, and on from where a process died. */
@NullMarked
package io.croft.ingest.crawl;

import org.jspecify.annotations.NullMarked;
