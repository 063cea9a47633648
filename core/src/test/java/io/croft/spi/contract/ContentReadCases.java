package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.content.ContentStatus.State;
import io.croft.search.Source;
import io.croft.spi.Chunk;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What an index reads of the store, and that orgs do not mix. */
interface ContentReadCases extends ContentFixture {

    @Test
    default void chunks_hasOneEntryForEachKey() {
        OrgId org = steps().newOrg();
        steps().ready(org, "ready", "text");
        steps().put(org, "queued", "text");
        steps().ready(org, "deleted", "text");
        contents().delete(org, Source.PRIVATE, "deleted");
        List<ContentKey> keys = List.of(new ContentKey(org, "queued"), new ContentKey(org, "ready"),
                new ContentKey(org, "never"), new ContentKey(org, "deleted"));

        List<ContentChunks> found = contents().chunks(scope(org), keys);

        assertThat(found).extracting(ContentChunks::key).containsExactlyInAnyOrderElementsOf(keys);
        for (ContentChunks content : found) {
            if (content.key().id().equals("ready")) {
                assertThat(content.chunks()).hasSize(1);
            } else {
                assertThat(ContentSteps.plain(content))
                        .isEqualTo(ContentSteps.plain(ContentChunks.none(content.key())));
            }
        }
        assertThat(contents().chunks(scope(org), List.of())).isEmpty();
    }

    @Test
    default void chunks_takesAThousandKeysAndNoMore() {
        OrgId org = steps().newOrg();
        steps().ready(org, "7", "text");
        List<ContentKey> keys = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            keys.add(new ContentKey(org, String.valueOf(i)));
        }

        List<ContentChunks> found = contents().chunks(scope(org), keys);

        assertThat(found).extracting(ContentChunks::key).containsExactlyInAnyOrderElementsOf(keys);
        assertThat(found).filteredOn(content -> !content.chunks().isEmpty()).hasSize(1);
        keys.add(new ContentKey(org, "1000"));
        assertThatThrownBy(() -> contents().chunks(scope(org), keys)).isInstanceOf(InvalidInputException.class);
    }

    @Test
    default void chunks_areInOrder() {
        OrgId org = steps().newOrg();
        String[] texts = new String[25];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = "part " + i;
        }

        steps().write(steps().put(org, "a", "long"), texts);

        List<Chunk> chunks = steps().chunks(scope(org), org, "a").chunks();
        assertThat(chunks).extracting(Chunk::text).containsExactly(texts);
        assertThat(chunks).extracting(Chunk::ordinal).isSorted().startsWith(0).endsWith(24);
    }

    @Test
    default void scan_pagesOverEverythingOnce() {
        OrgId org = steps().newOrg();
        OrgId other = steps().newOrg();
        List<String> ids =
                List.of("a", "B", "b", "A", "ä", "Ä", "é", "10", "9", "1", "-", "_", "a b", "a-b", "ab", "😀",
                        "\uffee", "\ud7ff", "/", "%", "'", "e\u0301", "a ", " a",
                        "A".repeat(255));
        for (String id : ids) {
            steps().write(steps().put(org, id, "text of " + id), "text of " + id, "more");
            steps().ready(other, id, "theirs");
        }
        steps().put(org, "queued", "text");
        steps().ready(org, "deleted", "text");
        contents().delete(org, Source.PRIVATE, "deleted");

        for (int limit : new int[]{1, 2, 7, ids.size(), 1000}) {
            List<ContentChunks> all = steps().scan(scope(org), limit);

            assertThat(all).as("pages of " + limit).extracting(ContentChunks::key)
                    .containsExactlyInAnyOrderElementsOf(ids.stream().map(id -> new ContentKey(org, id)).toList());
            assertThat(all).allSatisfy(content -> assertThat(content.chunks()).extracting(Chunk::text)
                    .containsExactly("text of " + content.key().id(), "more"));
        }
    }

    @Test
    default void scan_ofTheMarketplacePagesOverAllOrgs() {
        List<ContentKey> keys = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            OrgId org = steps().newOrg();
            for (String id : List.of("a", "b", "c")) {
                steps().ready(org, Source.MARKETPLACE, ContentSteps.content(id, "text"));
                keys.add(new ContentKey(org, id));
            }
            steps().ready(org, "private", "text");
        }

        for (int limit : new int[]{2, 1000}) {
            List<ContentKey> all = steps().scan(MARKET, limit).stream().map(ContentChunks::key).toList();

            assertThat(all).doesNotHaveDuplicates().containsAll(keys);
            assertThat(all).extracting(ContentKey::id).doesNotContain("private");
        }
    }

    @Test
    default void reads_refuseSizesOutsideTheirLimits() {
        IndexScope scope = scope(steps().newOrg());

        assertThatThrownBy(() -> contents().scan(scope, Optional.empty(), 0)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> contents().scan(scope, Optional.empty(), 1001))
                .isInstanceOf(InvalidInputException.class);
    }

    @Test
    default void orgs_withTheSameIdsNeverMix() {
        List<OrgId> orgs = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            OrgId org = steps().newOrg();
            orgs.add(org);
            for (String id : List.of("d-1", "d-2", "d-3")) {
                steps().ready(org, id, "private of " + org);
                steps().ready(org, Source.MARKETPLACE, ContentSteps.content(id, "public of " + org));
            }
        }
        contents().delete(orgs.get(3), Source.PRIVATE, "d-2");
        steps().put(orgs.get(5), "d-3", "second of " + orgs.get(5));

        for (OrgId org : orgs) {
            List<ContentChunks> all = steps().scan(scope(org), 2);
            assertThat(all).hasSize(org.equals(orgs.get(3)) ? 2 : 3);
            assertThat(all).allSatisfy(content -> {
                assertThat(content.key().org()).isEqualTo(org);
                assertThat(content.chunks()).extracting(Chunk::text).containsExactly("private of " + org);
            });
            assertThat(steps().texts(MARKET, org, "d-2")).containsExactly("public of " + org);
            assertThat(contents().find(org, Source.PRIVATE, "d-1").orElseThrow().text()).isEqualTo("private of " + org);
            assertThat(contents().status(org, Source.PRIVATE, "d-2").orElseThrow().state())
                    .isEqualTo(org.equals(orgs.get(3)) ? State.DELETED : State.READY);
            assertThat(contents().status(org, Source.PRIVATE, "d-3").orElseThrow().revision())
                    .isEqualTo(org.equals(orgs.get(5)) ? 2 : 1);
        }
    }

    @Test
    default void chunks_ofAPrivateScopeHoldNothingOfAnotherOrg() {
        OrgId org = steps().newOrg();
        OrgId other = steps().newOrg();
        steps().ready(other, "a", "a secret");
        List<ContentKey> foreign = List.of(new ContentKey(other, "a"));

        List<ContentChunks> found;
        try {
            found = contents().chunks(scope(org), foreign);
        } catch (InvalidInputException refused) {
            return;
        }

        assertThat(found).allSatisfy(content -> assertThat(content.chunks()).isEmpty());
    }
}
