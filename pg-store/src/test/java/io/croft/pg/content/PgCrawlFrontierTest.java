package io.croft.pg.content;

import io.croft.Actor;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.pg.PgStore;
import io.croft.pg.TestDatabase;
import io.croft.spi.CrawlFrontier;
import io.croft.spi.contract.CrawlFrontierContract;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class PgCrawlFrontierTest extends CrawlFrontierContract {

    private static PgStore store;

    @BeforeAll
    static void prepare() {
        store = TestDatabase.prepared().open();
    }

    @AfterAll
    static void close() {
        store.close();
    }

    @Override
    protected CrawlFrontier openFrontier() {
        return store.crawls();
    }

    @Override
    protected OrgId newOrg() {
        OrgId org = OrgId.of(UUID.randomUUID());
        store.orgs().create(TenantContext.of(org, Actor.superAdmin("contract")));
        return org;
    }
}
