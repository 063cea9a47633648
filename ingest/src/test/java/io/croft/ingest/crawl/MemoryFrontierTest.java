package io.croft.ingest.crawl;

class MemoryFrontierTest extends CrawlFrontierContract {

    @Override
    CrawlFrontier openFrontier() {
        return new MemoryFrontier();
    }
}
