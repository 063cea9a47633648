/** Tests of crawling. */
@NullMarked
package io.croft.ingest.crawl;

import org.jspecify.annotations.NullMarked;
