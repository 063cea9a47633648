package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.NotPermittedException;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.UnknownOrgException;
import io.croft.content.ContentStatus.State;
import io.croft.search.Source;
import io.croft.spi.ChangeFeed.Reader;
import io.croft.spi.Content;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.ContentStore.CopiedPage;
import io.croft.spi.ContentStore.Exported;
import io.croft.spi.ContentStore.Stored;
import io.croft.spi.Sight;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Documents that are for some groups alone. */
interface ContentGroupCases extends ContentFixture {

    Sight NOBODY = Sight.of(List.of());
    Sight BOARD = Sight.of(List.of("board", "others"));
    Sight STAFF = Sight.of(List.of("staff"));

    private static Content of(String id, String text, String... groups) {
        return new Content(id, "", text, Map.of(), Set.of(groups));
    }

    @Test
    default void find_isAsIfThereWereNoneToWhomIsInNoneOfItsGroups() {
        OrgId org = steps().newOrg();
        Content content = of("a", "text", "board", "sales, \"north\" {ü}");
        steps().put(org, Source.PRIVATE, content);
        steps().put(org, "open", "for everybody");

        for (Sight sight : List.of(Sight.ALL, BOARD, Sight.of(List.of("sales, \"north\" {ü}")))) {
            assertThat(contents().find(org, Source.PRIVATE, "a", sight)).contains(content);
            assertThat(contents().status(org, Source.PRIVATE, "a", sight)).isPresent();
        }
        for (Sight sight : List.of(NOBODY, STAFF, Sight.of(List.of("boar", "boards", "sales, ")))) {
            assertThat(contents().find(org, Source.PRIVATE, "a", sight)).isEmpty();
            assertThat(contents().status(org, Source.PRIVATE, "a", sight)).isEmpty();
            assertThat(contents().delete(org, Source.PRIVATE, "a", sight)).isEmpty();
            assertThat(contents().find(org, Source.PRIVATE, "open", sight)).isPresent();
        }
        assertThat(contents().find(org, Source.PRIVATE, "a")).contains(content);
    }

    @Test
    default void put_doesNotReplaceWhatItsWriterDoesNotSee() {
        OrgId org = steps().newOrg();
        steps().put(org, Source.PRIVATE, of("a", "text", "board"));
        List<Content> others = List.of(of("b", "new"), of("a", "mine", "staff"));

        for (Sight sight : List.of(NOBODY, STAFF)) {
            assertThatThrownBy(() -> contents().put(org, Source.PRIVATE, others, steps().kind(), sight))
                    .isInstanceOf(NotPermittedException.class).hasMessageContaining("\"a\"");
            assertThatThrownBy(() -> contents().put(org, Source.PRIVATE, others.subList(1, 2), steps().kind(), sight))
                    .isInstanceOf(NotPermittedException.class);
        }

        assertThat(contents().find(org, Source.PRIVATE, "b")).as("nothing was stored").isEmpty();
        assertThat(contents().find(org, Source.PRIVATE, "a").orElseThrow().text()).isEqualTo("text");
        assertThatThrownBy(() -> contents().put(unknownOrg(), Source.PRIVATE, others, steps().kind(), STAFF))
                .isInstanceOf(UnknownOrgException.class);
        List<Stored> stored = contents().put(org, Source.PRIVATE, others, steps().kind(), BOARD);
        assertThat(stored.getLast().revision()).isEqualTo(2);
        assertThat(contents().find(org, Source.PRIVATE, "a", STAFF).orElseThrow().text()).isEqualTo("mine");
        assertThat(contents().find(org, Source.PRIVATE, "a", BOARD)).isEmpty();
    }

    @Test
    default void delete_leavesNothingThatIsForSomeAlone() {
        OrgId org = steps().newOrg();
        steps().ready(org, Source.PRIVATE, of("a", "text", "board"));

        assertThat(contents().delete(org, Source.PRIVATE, "a", BOARD)).isPresent();

        assertThat(contents().status(org, Source.PRIVATE, "a", STAFF).orElseThrow().state()).isEqualTo(State.DELETED);
        contents().put(org, Source.PRIVATE, List.of(of("a", "anew")), steps().kind(), STAFF);
        assertThat(contents().find(org, Source.PRIVATE, "a", NOBODY).orElseThrow().text()).isEqualTo("anew");
    }

    /** As title and fields, they are of the revision that the chunks were made of. */
    @Test
    default void chunks_haveTheGroupsOfTheirOwnRevision() {
        OrgId org = steps().newOrg();
        steps().ready(org, Source.PRIVATE, of("a", "text", "board", "staff"));
        Stored next = steps().put(org, Source.PRIVATE, of("a", "text"));

        assertThat(steps().chunks(scope(org), org, "a").groups()).containsExactlyInAnyOrder("board", "staff");
        assertThat(steps().scan(scope(org), 10).getFirst().groups()).containsExactlyInAnyOrder("board", "staff");
        assertThat(steps().write(next, "text")).isTrue();
        assertThat(steps().chunks(scope(org), org, "a").groups()).isEmpty();
        assertThat(steps().scan(scope(org), 10).getFirst().groups()).isEmpty();
        steps().ready(org, Source.MARKETPLACE, ContentSteps.content("a", "text"));
        assertThat(steps().chunks(MARKET, org, "a").groups()).isEmpty();
    }

    /** Its embedding may be long in coming, or never come. */
    @Test
    default void put_forFewerHidesWhatIsStillSearchableAtOnce() {
        OrgId org = steps().newOrg();
        steps().ready(org, Source.PRIVATE, of("a", "text"));
        Reader reader = store().changes().reader(scope(org), store().changes().head(scope(org)));

        steps().put(org, Source.PRIVATE, of("a", "new", "board", "staff"));
        assertThat(chunksFor(org, "a")).containsExactlyInAnyOrder("board", "staff");
        assertThat(ChangeFollower.rest(reader, 10)).containsExactly(new ContentKey(org, "a"));
        steps().put(org, Source.PRIVATE, of("a", "new", "staff", "others"));
        assertThat(chunksFor(org, "a")).containsExactly("staff");
        assertThat(ChangeFollower.rest(reader, 10)).containsExactly(new ContentKey(org, "a"));
        assertThat(steps().chunks(scope(org), org, "a").revision()).as("it is the same text").isEqualTo(1);
        assertThat(steps().texts(scope(org), org, "a")).containsExactly("text");

        steps().put(org, Source.PRIVATE, of("a", "new", "staff", "board"));
        Stored open = steps().put(org, Source.PRIVATE, of("a", "newest"));
        assertThat(chunksFor(org, "a")).as("what is for more is so when it is searchable").containsExactly("staff");
        assertThat(ChangeFollower.rest(reader, 10)).isEmpty();
        assertThat(steps().write(open, "newest")).isTrue();
        assertThat(chunksFor(org, "a")).isEmpty();
    }

    @Test
    default void put_forOthersHidesWhatIsStillSearchableFromAllMembers() {
        OrgId org = steps().newOrg();
        steps().ready(org, Source.PRIVATE, of("a", "text", "board"));
        Reader reader = store().changes().reader(scope(org), store().changes().head(scope(org)));

        steps().put(org, Source.PRIVATE, of("a", "new", "staff"));

        assertThat(chunksFor(org, "a")).isEqualTo(ContentChunks.FOR_NOBODY);
        assertThat(steps().scan(scope(org), 10).getFirst().groups()).isEqualTo(ContentChunks.FOR_NOBODY);
        for (Sight sight : List.of(NOBODY, STAFF, BOARD)) {
            assertThat(sight.sees(chunksFor(org, "a"))).isFalse();
        }
        assertThat(ChangeFollower.rest(reader, 10)).containsExactly(new ContentKey(org, "a"));
        Stored again = steps().put(org, Source.PRIVATE, of("a", "newest", "board"));
        assertThat(chunksFor(org, "a")).as("until something newer is searchable").isEqualTo(ContentChunks.FOR_NOBODY);
        assertThat(steps().write(again, "newest")).isTrue();
        assertThat(chunksFor(org, "a")).containsExactly("board");
    }

    @Test
    default void put_ofSeveralHidesThoseThatAreForFewer() {
        OrgId org = steps().newOrg();
        for (String id : List.of("a", "b", "c", "d")) {
            steps().ready(org, Source.PRIVATE, of(id, "text", id.equals("d") ? new String[]{"board"} : new String[0]));
        }
        Reader reader = store().changes().reader(scope(org), store().changes().head(scope(org)));

        contents().put(org, Source.PRIVATE, List.of(of("d", "new", "board"), of("c", "new", "board"), of("new", "new",
                "board"), of("b", "new"), of("a", "new"), of("a", "new", "staff")), steps().kind());

        assertThat(chunksFor(org, "a")).containsExactly("staff");
        assertThat(chunksFor(org, "b")).isEmpty();
        assertThat(chunksFor(org, "c")).containsExactly("board");
        assertThat(chunksFor(org, "d")).containsExactly("board");
        assertThat(ChangeFollower.rest(reader, 10)).containsExactlyInAnyOrder(new ContentKey(org, "a"),
                new ContentKey(org, "c"));
    }

    /** The groups of the searchable revision. */
    private Set<String> chunksFor(OrgId org, String id) {
        return steps().chunks(scope(org), org, id).groups();
    }

    @Test
    default void pending_hasWhateverIsToBeMadeSearchable() {
        OrgId org = steps().newOrg();
        Stored stored = steps().put(org, Source.PRIVATE, of("a", "text", "board"));

        assertThat(steps().pending(steps().claim(stored)).orElseThrow().content().groups()).containsExactly("board");
    }

    @Test
    default void copy_takesGroupsAlongAndLeavesOutWhatIsNotSeen() {
        OrgId from = steps().newOrg();
        OrgId to = steps().newOrg();
        steps().ready(from, Source.PRIVATE, of("board", "text", "board"));
        steps().ready(from, Source.PRIVATE, of("both", "text", "board", "staff"));
        steps().ready(from, Source.PRIVATE, of("open", "text"));
        steps().put(from, Source.PRIVATE, of("queued", "text", "staff"));
        Org source = store().orgs().find(from).orElseThrow();
        Org target = store().orgs().find(to).orElseThrow();

        CopiedPage page = contents().copy(source, target, Optional.empty(), 1000, steps().kind(), STAFF);

        assertThat(page.copied()).isEqualTo(3);
        assertThat(page.queued()).isEqualTo(1);
        assertThat(contents().find(to, Source.PRIVATE, "board")).isEmpty();
        assertThat(contents().find(to, Source.PRIVATE, "both").orElseThrow().groups())
                .containsExactlyInAnyOrder("board", "staff");
        assertThat(contents().find(to, Source.PRIVATE, "queued").orElseThrow().groups()).containsExactly("staff");
        assertThat(steps().chunks(scope(to), to, "both").groups()).containsExactlyInAnyOrder("board", "staff");
        assertThat(steps().chunks(scope(to), to, "open").groups()).isEmpty();
        assertThat(contents().copy(source, target, Optional.empty(), 1000, steps().kind(), NOBODY).copied()).isZero();
        assertThat(contents().copy(source, target, Optional.empty(), 1000, steps().kind()).copied()).isEqualTo(1);
    }

    @Test
    default void export_hasGroups() {
        OrgId org = steps().newOrg();
        steps().put(org, Source.PRIVATE, of("a", "text", "board"));
        List<Exported> all = new ArrayList<>();

        contents().export(store().orgs().find(org).orElseThrow(), Source.PRIVATE, all::add);

        assertThat(all).singleElement()
                .satisfies(one -> assertThat(one.content().groups()).containsExactly("board"));
    }
}
