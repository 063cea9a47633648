package io.croft.spi.memory;

import io.croft.OrgId;
import io.croft.spi.CrawlFrontier;
import io.croft.spi.contract.CrawlFrontierContract;
import java.util.UUID;

class MemoryFrontierTest extends CrawlFrontierContract {

    @Override
    protected CrawlFrontier openFrontier() {
        return new MemoryFrontier();
    }

    @Override
    protected OrgId newOrg() {
        return OrgId.named(UUID.randomUUID().toString());
    }
}
