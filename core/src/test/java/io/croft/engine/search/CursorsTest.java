package io.croft.engine.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.Secret;
import io.croft.search.Boost;
import io.croft.search.Filter;
import io.croft.search.Phrases;
import io.croft.search.RelevanceScorer.Tops;
import io.croft.search.Score;
import io.croft.search.SearchMode;
import io.croft.search.SearchQuery;
import io.croft.search.Signals;
import io.croft.search.Sort;
import io.croft.search.Source;
import io.croft.search.Typos;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.IndexSession.Traits;
import io.croft.spi.NearWord;
import io.croft.spi.QueryText.Correction;
import io.croft.spi.Sight;
import io.croft.spi.TextStatistics;
import io.croft.spi.TextStatistics.TermCount;
import io.croft.spi.contract.Seed;
import io.croft.spi.memory.SettableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class CursorsTest {

    private static final Org ACME = org("acme", new UUID(1, 1));
    private static final SearchQuery QUERY = SearchQuery.of("calm horse");

    private final SettableClock clock = new SettableClock();
    private final Cursors cursors = new Cursors(Secret.of(new byte[32]), clock);

    @Test
    void cursor_bringsThePageBack() {
        Random random = Seed.random("cursor_bringsThePageBack");
        for (int round = 0; round < 200; round++) {
            Page page = page(random, random.nextInt(1000));

            assertThat(cursors.read(ACME, Sight.ALL, QUERY, cursors.write(ACME, Sight.ALL, QUERY, page)))
                    .isEqualTo(page);
        }
    }

    @Test
    void cursor_ofTheGreatestPageFits() {
        Set<Long> shown = LongStream.rangeClosed(1, SearchQuery.MAX_DEPTH).boxed().collect(Collectors.toSet());
        Position last = new Position(1, Source.PRIVATE, new ContentKey(ACME.id(), "\uD83D\uDC34".repeat(63)), 7);
        Map<String, TermCount> many = new HashMap<>(); // as many words as a query may have, of as many bytes
        IntStream.range(0, 1024).forEach(i -> many.put(Integer.toString(1000 + i), new TermCount(i, i)));
        Map<String, TermCount> corrected = new HashMap<>(); // as many as are corrected, with all that stand in
        IntStream.range(0, 100).forEach(i -> corrected.put("馬".repeat(13) + i, new TermCount(i, i)));
        List<Correction> corrections = new ArrayList<>();
        String unusual = "\uD83A\uDD23".repeat(NearWord.MAX_LETTERS - 1);
        for (int i = 0; i < NearWord.MAX_WORDS * Corrections.MAX_KNOWN; i++) {
            corrections.add(new Correction(unusual + "a", unusual + "b", 0.5f));
            corrected.put(unusual + i, new TermCount(i, i));
        }

        for (Page page : List.of(
                new Page(now(), new TextStatistics(1, 1, many), List.of(), Phrases.REQUIRE, new Tops(1, 1),
                        Optional.of(last), shown, cursors.marks()),
                new Page(now(), new TextStatistics(1, 1, corrected), corrections, Phrases.PREFER, new Tops(1, 1),
                        Optional.of(last), shown, cursors.marks()))) {
            String cursor = cursors.write(ACME, Sight.ALL, QUERY, page);

            assertThat(cursor).hasSizeLessThanOrEqualTo(SearchQuery.MAX_CURSOR_CHARS);
            assertThat(cursors.read(ACME, Sight.ALL, QUERY.cursor(cursor), cursor)).isEqualTo(page);
        }
    }

    @Test
    void cursor_ofAnotherOrgLifeOrQueryAndAForgedOneAreToldAlike() {
        String cursor = cursors.write(ACME, Sight.ALL, QUERY, page(new Random(1), 10));
        List<String> messages = new ArrayList<>();
        List<SearchQuery> others = List.of(SearchQuery.of("calm horses"), QUERY.mode(SearchMode.TEXT),
                QUERY.sources(Set.of(Source.PRIVATE)), QUERY.minScore(0.1), QUERY.diversity(0.1),
                QUERY.atLeast(Source.PRIVATE, 1), QUERY.atMost(Source.PRIVATE, 1),
                QUERY.boost(Boost.recency(Duration.ofDays(1), 0.1)), QUERY.withVector(new float[]{1, 0}),
                QUERY.duplicates(SearchQuery.Duplicates.SHOWN), QUERY.typos(Typos.EXACT),
                QUERY.phrases(Phrases.REQUIRE), QUERY.filter(Filter.exists("n")), QUERY.sort(Sort.ascending("n")));

        others.forEach(query -> messages.add(refusal(ACME, query, cursor)));
        messages.add(refusal(org("other", new UUID(1, 1)), QUERY, cursor));
        messages.add(refusal(org("acme", new UUID(1, 2)), QUERY, cursor));
        for (String bad : List.of("x", "%%%", "AAAA", cursor + "A", cursor.substring(0, cursor.length() - 4), "ö")) {
            messages.add(refusal(ACME, QUERY, bad));
        }
        byte[] otherKey = new byte[32];
        otherKey[0] = 1;
        messages.add(refusal(ACME, QUERY,
                new Cursors(Secret.of(otherKey), clock).write(ACME, Sight.ALL, QUERY, page(new Random(1), 10))));

        assertThat(messages).hasSize(others.size() + 9).containsOnly(messages.getFirst());
        assertThat(cursors.read(ACME, Sight.ALL, QUERY.limit(7).timeout(Duration.ofSeconds(9)), cursor)).isNotNull();
    }

    @Test
    void cursor_withOneBitChangedIsRefused() {
        Random random = Seed.random("cursor_withOneBitChangedIsRefused");
        String cursor = cursors.write(ACME, Sight.ALL, QUERY, page(random, 10));
        for (int round = 0; round < 2000; round++) {
            byte[] bytes = Base64.getUrlDecoder().decode(cursor);
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            String changed = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);

            refusal(ACME, QUERY, changed);
        }
    }

    @Test
    void cursor_holdsForAnHour() {
        String cursor = cursors.write(ACME, Sight.ALL, QUERY, page(new Random(1), 10));

        clock.advance(Cursors.LIFE.minusMillis(1));
        assertThat(cursors.read(ACME, Sight.ALL, QUERY, cursor)).isNotNull();
        clock.advance(Duration.ofMillis(2));

        assertThat(refusal(ACME, QUERY, cursor)).contains("PT1H");
    }

    /** What stands in it, how common words are above all, is of what its asker saw. */
    @Test
    void cursor_isOfOneAskersSight() {
        Page page = page(new Random(1), 10);
        List<Sight> sights = List.of(Sight.ALL, Sight.of(List.of()), Sight.of(List.of("a")), Sight.of(List.of("b")),
                Sight.of(List.of("a", "b")), Sight.of(List.of("ab")), Sight.of(List.of("all")));
        for (Sight asker : sights) {
            String cursor = cursors.write(ACME, asker, QUERY, page);
            for (Sight other : sights) {
                if (other.equals(asker)) {
                    assertThat(cursors.read(ACME, other, QUERY, cursor)).isEqualTo(page);
                } else {
                    assertThatThrownBy(() -> cursors.read(ACME, other, QUERY, cursor)).as(asker + " and " + other)
                            .isInstanceOf(InvalidInputException.class).hasMessageContaining("not one of this query");
                }
            }
        }
    }

    @Test
    void marks_hangOnTheKeyAndOnAllThatNamesADocument() {
        List<Ranked> documents = List.of(hit(Source.PRIVATE, ACME.id(), "a"), hit(Source.PRIVATE, ACME.id(), "b"),
                hit(Source.MARKETPLACE, ACME.id(), "a"), hit(Source.PRIVATE, OrgId.named("other"), "a"));
        byte[] otherKey = new byte[32];
        otherKey[0] = 1;
        Marks others = new Cursors(Secret.of(otherKey), clock).marks();

        List<Long> marks = documents.stream().map(cursors.marks().maker()::applyAsLong).toList();

        assertThat(documents.stream().map(new Marks(Secret.of(new byte[32])).maker()::applyAsLong)).isEqualTo(marks);
        assertThat(marks).doesNotHaveDuplicates().allSatisfy(mark -> assertThat(mark).isBetween(0L, (1L << 48) - 1));
        assertThat(documents.stream().map(others.maker()::applyAsLong)).doesNotContainAnyElementsOf(marks);
    }

    private static Ranked hit(Source source, OrgId org, String id) {
        return new Ranked(new Candidate(0, new ContentKey(org, id), 0, 0, 0, Traits.NONE),
                new Signals(source, 0, 0), Score.of(List.of()));
    }

    private String refusal(Org org, SearchQuery query, String cursor) {
        try {
            cursors.read(org, Sight.ALL, query, cursor);
        } catch (InvalidInputException e) {
            return String.valueOf(e.getMessage());
        }
        throw new AssertionError("the cursor was taken");
    }

    @Test
    void query_refusesACursorThatCannotBeOne() {
        assertThatThrownBy(() -> QUERY.cursor("")).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> QUERY.cursor("a".repeat(SearchQuery.MAX_CURSOR_CHARS + 1)))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("65537");
    }

    private Page page(Random random, int hits) {
        Set<Long> shown = new TreeSet<>();
        for (int i = 0; i < hits; i++) {
            shown.add(random.nextLong(1L << 48));
        }
        Optional<Position> last = random.nextBoolean()
                ? Optional.empty()
                : Optional.of(new Position(random.nextDouble(), Source.MARKETPLACE,
                        new ContentKey(OrgId.named("o" + random.nextInt()), "läst"), random.nextInt(9)));
        return new Page(now(), new TextStatistics(random.nextInt(), 7, Map.of("hors", new TermCount(3, 4))),
                List.of(new Correction("horss", "hors", 0.7f)),
                random.nextBoolean() ? Phrases.PREFER : Phrases.REQUIRE,
                new Tops(random.nextDouble(), random.nextDouble() * 30), last, shown,
                cursors.marks());
    }

    private Instant now() {
        return Instant.ofEpochMilli(clock.instant().toEpochMilli());
    }

    private static Org org(String name, UUID incarnation) {
        return new Org(OrgId.named(name), incarnation, Org.State.ACTIVE, Instant.EPOCH);
    }
}
