package io.croft.spi.contract;

import io.croft.Actor;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.spi.IndexScope;
import io.croft.spi.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.function.BooleanSupplier;

/** What the tests of every part of a store begin with. */
interface StoreFixture {

    /** The store under test. It may hold what earlier tests left. */
    Store store();

    /** The name of a known queue that this test has for itself. */
    String queue();

    /** Lets time go by on the store's clock: at least this much. */
    void advance(Duration time);

    /** Creates an organisation that no other test knows. */
    default OrgId newOrg() {
        OrgId org = unknownOrg();
        store().orgs().create(context(org));
        return org;
    }

    /** An organisation that was not created. */
    default OrgId unknownOrg() {
        return OrgId.of(UUID.randomUUID());
    }

    default TenantContext context(OrgId org) {
        return TenantContext.of(org, Actor.superAdmin("contract"));
    }

    /** The private index of the organisation's present life. */
    default IndexScope.PrivateIndex scope(OrgId org) {
        return new IndexScope.PrivateIndex(org, store().orgs().find(org).orElseThrow().incarnation());
    }

    /** The time on the store's clock. */
    default Instant now() {
        return store().orgs().create(context(unknownOrg())).createdAt();
    }

    /** Waits on the store's clock until it holds. */
    default void eventually(String what, BooleanSupplier condition) {
        Await.until(what, condition, () -> advance(Duration.ofMillis(20)));
    }
}
