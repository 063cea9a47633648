package io.croft.pg.content;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.OrgId;
import io.croft.content.ContentStatus.State;
import io.croft.pg.PgStore;
import io.croft.pg.TestContent;
import io.croft.pg.TestDatabase;
import io.croft.search.Source;
import io.croft.spi.Chunk;
import io.croft.spi.Content;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.ContentStore.Pending;
import io.croft.spi.ContentStore.Stored;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexScope.PrivateIndex;
import io.croft.spi.JobStore.ClaimedJob;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is larger than one statement or one page. */
class LargeContentTest {

    private static PgStore store;
    private static TestContent content;

    @BeforeAll
    static void open() {
        store = TestDatabase.prepared().open();
        content = new TestContent(store);
    }

    @AfterAll
    static void close() {
        store.close();
    }

    private static IndexScope scope(OrgId org) {
        return new PrivateIndex(org, store.orgs().find(org).orElseThrow().incarnation());
    }

    private static List<Chunk> chunks(long seed, int count, int dimensions) {
        Random random = new Random(seed);
        List<Chunk> chunks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            float[] vector = new float[dimensions];
            for (int d = 0; d < dimensions; d++) {
                vector[d] = random.nextFloat() - 0.5f;
            }
            chunks.add(new Chunk(i, i * 300, i * 300 + 350, "chunk " + i + " " + "ö".repeat(300), vector));
        }
        return chunks;
    }

    private static void write(OrgId org, String id, List<Chunk> chunks) {
        Stored stored = content.put(org, Source.PRIVATE, id, "text");
        ClaimedJob job = content.claim(stored);
        Pending pending = store.content().pending(org, job.payload()).orElseThrow();
        assertThat(content.write(job.lease(), pending, chunks)).isTrue();
    }

    private static void assertSame(List<Chunk> actual, List<Chunk> expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i).text()).isEqualTo(expected.get(i).text());
            assertThat(Arrays.equals(actual.get(i).vector(), expected.get(i).vector())).as("vector " + i).isTrue();
        }
    }

    @Test
    void writeChunks_takesThousandsOfAnyLength() {
        OrgId org = content.newOrg();
        List<Chunk> many = chunks(1, 4000, 384);
        List<Chunk> wide = chunks(2, 700, 4096);

        write(org, "many", many);
        write(org, "wide", wide);

        assertSame(read(org, "many"), many);
        assertSame(read(org, "wide"), wide);
        write(org, "many", List.of(new Chunk(0, 0, 1, "x", new float[]{1})));
        assertThat(read(org, "many")).hasSize(1);
    }

    private static List<Chunk> read(OrgId org, String id) {
        return store.content().chunks(scope(org), List.of(new ContentKey(org, id))).getFirst().chunks();
    }

    @Test
    void chunks_bringsFewerOfLargeDocumentsButAllOfThem() {
        OrgId org = content.newOrg();
        List<Chunk> large = chunks(4, 700, 4096);
        List<ContentKey> keys = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            write(org, "large-" + i, large);
            write(org, "small-" + i, TestContent.chunks("x"));
            for (String id : List.of("none-" + i, "large-" + i, "small-" + i)) {
                keys.add(new ContentKey(org, id));
            }
        }

        List<ContentChunks> seen = new ArrayList<>();
        int reads = 0;
        while (seen.size() < keys.size()) {
            List<ContentChunks> some = store.content().chunks(scope(org), keys.subList(seen.size(), keys.size()));
            assertThat(some.stream().filter(found -> found.chunks().size() == 700).count()).isLessThanOrEqualTo(3);
            seen.addAll(some);
            reads++;
        }

        assertThat(reads).isBetween(2, 8);
        assertThat(seen).extracting(ContentChunks::key).isEqualTo(keys);
        assertThat(seen).extracting(found -> found.chunks().size()).startsWith(0, 700, 1, 0, 700, 1);
    }

    @Test
    void scan_bringsFewerOfLargeDocumentsButAllOfThem() {
        OrgId org = content.newOrg();
        List<Chunk> large = chunks(3, 700, 4096);
        for (int i = 0; i < 8; i++) {
            write(org, "large-" + i, large);
            write(org, "small-" + i, TestContent.chunks("x"));
        }

        List<String> seen = new ArrayList<>();
        int pages = 0;
        Optional<ContentKey> after = Optional.empty();
        for (List<ContentChunks> page = store.content().scan(scope(org), after, 1000); !page.isEmpty(); page = store
                .content().scan(scope(org), after, 1000)) {
            page.forEach(found -> seen.add(found.key().id() + "/" + found.chunks().size()));
            after = Optional.of(page.getLast().key());
            pages++;
        }

        assertThat(pages).isGreaterThan(1);
        assertThat(seen).hasSize(16).doesNotHaveDuplicates().contains("large-0/700", "large-7/700", "small-7/1");
    }

    @Test
    void put_takesMoreTextThanFitsIntoOneStatement() {
        OrgId org = content.newOrg();
        List<Content> items = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            items.add(new Content("d-" + i % 20, "t" + i, (i + " ").repeat(600_000).substring(0, 1 << 20), Map.of()));
        }

        List<Stored> stored = store.content().put(org, Source.MARKETPLACE, items, content.kind());

        assertThat(stored).hasSize(24).extracting(Stored::revision).containsOnly(1L, 2L);
        for (int i = 4; i < 24; i++) {
            assertThat(store.content().find(org, Source.MARKETPLACE, "d-" + i % 20)).contains(items.get(i));
        }
        assertThat(store.content().status(org, Source.MARKETPLACE, "d-3").orElseThrow().state())
                .isEqualTo(State.QUEUED);
    }
}
