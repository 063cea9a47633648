package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.search.Source;
import io.croft.spi.ChangeFeed.Listening;
import io.croft.spi.ChangeFeed.Watch;
import io.croft.spi.Checkpoint;
import io.croft.spi.ContentKey;
import io.croft.spi.ContentStore.Stored;
import io.croft.spi.IndexScope;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Indexes that follow the logs while others write. */
interface ChangeFollowCases extends ContentFixture {

    @Test
    default void watch_namesEveryScopeThatChanged() {
        OrgId org = steps().newOrg();
        Watch watch = store().changes().watch();
        OrgId late = steps().newOrg();
        OrgId seller = steps().newOrg();

        steps().ready(org, "a", "text");
        steps().ready(late, "a", "text");
        steps().ready(seller, Source.MARKETPLACE, ContentSteps.content("a", "text"));

        assertThat(watch.changed()).contains(scope(org), scope(late), MARKET);
        contents().delete(org, Source.PRIVATE, "a");
        assertThat(watch.changed()).contains(scope(org));
        contents().delete(seller, Source.MARKETPLACE, "a");
        assertThat(watch.changed()).contains(MARKET);
    }

    @Test
    default void watch_namesAScopeAgainWhenItChangesAgain() {
        List<OrgId> orgs = List.of(steps().newOrg(), steps().newOrg(), steps().newOrg());
        Watch watch = store().changes().watch();

        for (int i = 0; i < 12; i++) {
            OrgId org = orgs.get(i % 3);
            Source source = i % 4 == 0 ? Source.MARKETPLACE : Source.PRIVATE;
            steps().ready(org, source, ContentSteps.content("a", "text " + i));

            assertThat(watch.changed()).contains(scope(org, source));
        }
    }

    @Test
    default void watch_growsQuietWhenNothingChanges() {
        OrgId org = steps().newOrg();
        Watch watch = store().changes().watch();
        steps().ready(org, "a", "text");
        steps().ready(org, Source.MARKETPLACE, ContentSteps.content("a", "text"));

        eventually("nothing has changed", () -> watch.changed().isEmpty());
    }

    @ParameterizedTest
    @EnumSource
    default void listen_hearsOfEveryKindOfCommit(Source source) {
        OrgId org = steps().newOrg();
        AtomicInteger told = new AtomicInteger();
        try (Listening listening = store().changes().listen(told::incrementAndGet)) {
            eventually("it hears", () -> listening.hears() && told.get() > 0);

            hears(told, () -> steps().ready(org, source, ContentSteps.content("a", "text")));
            hears(told, () -> contents().delete(org, source, "a"));
            hears(told, () -> steps().ready(org, source, ContentSteps.content("a", "text")));
            hears(told, () -> store().orgs().erase(context(org)));
        }
    }

    private void hears(AtomicInteger told, Runnable change) {
        int before = told.get();
        change.run();
        eventually("it is told", () -> told.get() > before);
    }

    @Test
    default void listen_isOverWhenItIsClosed() {
        Listening listening = store().changes().listen(() -> {
        });
        eventually("it hears", listening::hears);

        listening.close();
        listening.close();

        assertThat(listening.hears()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    default void rebuild_missesNothingThatIsWrittenMeanwhile(Source source) {
        Random random = Seed.random("rebuild_missesNothingThatIsWrittenMeanwhile");
        long seed = random.nextLong();
        OrgId org = steps().newOrg();
        IndexScope scope = scope(org, source);
        AtomicInteger writing = new AtomicInteger(4);

        List<List<ChangeFollower>> followers = Race.of(5, number -> {
            List<ChangeFollower> mine = new ArrayList<>();
            if (number < 4) {
                try {
                    change(new Random(seed + number), org, source, 12);
                } finally {
                    writing.decrementAndGet();
                }
                return mine;
            }
            while (writing.get() > 0 && mine.size() < 20) {
                mine.add(ChangeFollower.rebuilt(store(), scope));
            }
            return mine;
        });

        for (ChangeFollower follower : followers.getLast()) {
            follower.catchUp();
            follower.assertUpToDate();
        }
    }

    @ParameterizedTest
    @EnumSource
    default void eightWriters_loseNothing(Source source) {
        Random random = Seed.random("eightWriters_loseNothing");
        long seed = random.nextLong();
        OrgId shared = steps().newOrg();
        IndexScope scope = scope(shared, source);
        ChangeFollower follower = ChangeFollower.rebuilt(store(), scope);
        AtomicInteger writing = new AtomicInteger(8);

        List<Set<ContentKey>> written = Race.of(9, number -> {
            if (number < 8) {
                try {
                    OrgId org = source == Source.PRIVATE ? shared : steps().newOrg();
                    return change(new Random(seed + number), org, source, 15);
                } finally {
                    writing.decrementAndGet();
                }
            }
            while (writing.get() > 0) {
                follower.step(1 + random.nextInt(7));
                if (random.nextInt(10) == 0) {
                    follower.restart();
                }
            }
            return Set.of();
        });

        follower.catchUp();
        follower.assertUpToDate();
        written.forEach(keys -> assertThat(follower.seen()).containsAll(keys));
        follower.restart();
        follower.catchUp();
        follower.assertUpToDate();
    }

    /** Followers that look only when the watch says so. */
    @Test
    default void watch_missesNothingUnderEightWriters() {
        Random random = Seed.random("watch_missesNothingUnderEightWriters");
        long seed = random.nextLong();
        Watch watch = store().changes().watch();
        Map<IndexScope, ChangeFollower> followers = new HashMap<>();
        followers.put(MARKET, ChangeFollower.rebuilt(store(), MARKET));
        List<OrgId> orgs = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            OrgId org = steps().newOrg();
            orgs.add(org);
            followers.put(scope(org), ChangeFollower.from(store(), scope(org), Checkpoint.BEGINNING));
        }
        AtomicInteger writing = new AtomicInteger(8);

        Race.of(9, number -> {
            if (number < 8) {
                try {
                    return change(new Random(seed + number), orgs.get(number),
                            number % 2 == 0 ? Source.PRIVATE : Source.MARKETPLACE, 12).size();
                } finally {
                    writing.decrementAndGet();
                }
            }
            while (writing.get() > 0) {
                follow(watch, followers);
            }
            return 0;
        });

        follow(watch, followers);
        followers.values().forEach(ChangeFollower::assertUpToDate);
    }

    private void follow(Watch watch, Map<IndexScope, ChangeFollower> followers) {
        for (IndexScope changed : watch.changed()) {
            ChangeFollower follower = followers.get(changed);
            if (follower != null) {
                follower.catchUp();
            }
        }
    }

    /** Writes and deletes at random within five ids; those that an index must have heard of. */
    private Set<ContentKey> change(Random random, OrgId org, Source source, int count) {
        Set<ContentKey> changed = new HashSet<>();
        for (int i = 0; i < count; i++) {
            String id = "d-" + random.nextInt(5);
            if (random.nextInt(4) == 0) {
                if (contents().delete(org, source, id).isPresent()) {
                    changed.add(new ContentKey(org, id));
                }
                continue;
            }
            Stored stored = steps().put(org, source, ContentSteps.content(id, "text " + random.nextInt(100)));
            var job = steps().claim(stored);
            steps().pending(job).ifPresent(pending -> {
                if (steps().write(job.lease(), pending,
                        List.of(ContentSteps.chunk(0, pending.content().text())))) {
                    changed.add(new ContentKey(org, id));
                }
            });
        }
        return changed;
    }
}
