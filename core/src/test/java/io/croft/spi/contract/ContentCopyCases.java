package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.UnknownOrgException;
import io.croft.content.ContentStatus.State;
import io.croft.search.Source;
import io.croft.spi.Content;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.ContentStore.CopiedPage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The way of documents from one organisation to another. */
interface ContentCopyCases extends ContentFixture {

    private CopiedPage copy(OrgId from, OrgId to) {
        return contents().copy(life(from), life(to), Optional.empty(), 1000, steps().kind());
    }

    private Org life(OrgId org) {
        return store().orgs().find(org).orElseThrow();
    }

    private void refused(Org from, Org to, Optional<String> after) {
        assertThatThrownBy(() -> contents().copy(from, to, after, 1, steps().kind()))
                .isInstanceOf(UnknownOrgException.class);
    }

    @Test
    default void copy_takesContentChunksAndTime() {
        OrgId from = steps().newOrg();
        OrgId to = steps().newOrg();
        Content content = new Content("a", "Tack", "saddle and bridle 😀", Map.of("price", "5"));
        steps().write(steps().put(from, Source.PRIVATE, content), "saddle", "and bridle 😀");

        CopiedPage page = copy(from, to);

        assertThat(page.copied()).isEqualTo(1);
        assertThat(page.queued()).isZero();
        assertThat(page.kept()).isZero();
        assertThat(page.last()).contains("a");
        assertThat(page.newest().orElseThrow().revision()).isEqualTo(1);
        assertThat(contents().find(to, Source.PRIVATE, "a")).contains(content);
        assertThat(contents().status(to, Source.PRIVATE, "a").orElseThrow().state()).isEqualTo(State.READY);
        ContentChunks theirs = steps().chunks(scope(from), from, "a");
        ContentChunks mine = steps().chunks(scope(to), to, "a");
        assertThat(mine.updatedAt()).isEqualTo(theirs.updatedAt());
        assertThat(mine.chunks()).hasSize(2).usingRecursiveComparison().isEqualTo(theirs.chunks());
        assertThat(contents().find(from, Source.PRIVATE, "a")).contains(content);
    }

    @Test
    default void copy_entersTheLogOfTheOther() {
        OrgId from = steps().newOrg();
        OrgId to = steps().newOrg();
        steps().ready(from, Source.PRIVATE, new Content("a", "", "one", Map.of()));
        steps().ready(from, Source.PRIVATE, new Content("b", "", "two", Map.of()));

        ChangeFollower follower = ChangeFollower.from(store(), scope(to), store().changes().head(scope(to)));
        copy(from, to);
        follower.catchUp();

        assertThat(follower.seen()).extracting(ContentKey::id).containsExactlyInAnyOrder("a", "b");
        follower.assertUpToDate();
    }

    @Test
    default void copy_givesAJobToWhatHasNoChunksYet() {
        OrgId from = steps().newOrg();
        OrgId to = steps().newOrg();
        steps().ready(from, Source.PRIVATE, new Content("a", "", "old", Map.of()));
        steps().put(from, "a", "new");

        CopiedPage page = copy(from, to);

        assertThat(page.copied()).isEqualTo(1);
        assertThat(page.queued()).isEqualTo(1);
        assertThat(page.newest()).isEmpty();
        assertThat(contents().find(to, Source.PRIVATE, "a").orElseThrow().text()).isEqualTo("new");
        assertThat(contents().status(to, Source.PRIVATE, "a").orElseThrow().state()).isEqualTo(State.QUEUED);
        assertThat(steps().texts(scope(to), to, "a")).isEmpty();
    }

    @Test
    default void copy_keepsWhatTheOtherHas_andRevivesWhatItDeleted() {
        OrgId from = steps().newOrg();
        OrgId to = steps().newOrg();
        steps().ready(from, Source.PRIVATE, new Content("a", "", "theirs", Map.of()));
        steps().ready(from, Source.PRIVATE, new Content("b", "", "theirs too", Map.of()));
        steps().ready(to, Source.PRIVATE, new Content("a", "", "mine", Map.of()));
        steps().ready(to, Source.PRIVATE, new Content("b", "", "gone", Map.of()));
        contents().delete(to, Source.PRIVATE, "b");

        CopiedPage page = copy(from, to);

        assertThat(page.copied()).isEqualTo(1);
        assertThat(page.kept()).isEqualTo(1);
        assertThat(steps().texts(scope(to), to, "a")).containsExactly("mine");
        assertThat(steps().texts(scope(to), to, "b")).containsExactly("theirs too");
        assertThat(page.newest().orElseThrow().revision()).isEqualTo(3);
    }

    @Test
    default void copy_goesPageByPage_withoutListingsAndWhatWasDeleted() {
        OrgId from = steps().newOrg();
        OrgId to = steps().newOrg();
        for (int i = 0; i < 5; i++) {
            steps().ready(from, Source.PRIVATE, new Content("d" + i, "", "text " + i, Map.of()));
        }
        contents().delete(from, Source.PRIVATE, "d3");
        steps().ready(from, Source.MARKETPLACE, new Content("listing", "", "for sale", Map.of()));

        List<Integer> copied = new ArrayList<>();
        Optional<String> after = Optional.empty();
        do {
            CopiedPage page = contents().copy(life(from), life(to), after, 2, steps().kind());
            copied.add(page.copied());
            after = page.last();
        } while (after.isPresent());

        assertThat(copied).containsExactly(2, 2, 0);
        assertThat(contents().find(to, Source.PRIVATE, "d3")).isEmpty();
        assertThat(contents().find(to, Source.MARKETPLACE, "listing")).isEmpty();
        assertThat(contents().find(to, Source.PRIVATE, "listing")).isEmpty();
    }

    @Test
    default void copy_refusesPagesBeyondTheLimit() {
        OrgId from = steps().newOrg();
        OrgId to = steps().newOrg();

        assertThatThrownBy(() -> contents().copy(life(from), life(to), Optional.empty(), 1001, steps().kind()))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("1001");
    }

    @Test
    default void copy_endsWithTheLifeOfTheOther() {
        Org from = life(steps().newOrg());
        Org to = life(steps().newOrg());
        steps().ready(from.id(), Source.PRIVATE, new Content("a", "", "one", Map.of()));
        steps().ready(from.id(), Source.PRIVATE, new Content("b", "", "two", Map.of()));
        steps().put(from.id(), "c", "without chunks");
        Optional<String> after = contents().copy(from, to, Optional.empty(), 1, steps().kind()).last();

        store().orgs().erase(context(to.id()));
        refused(from, to, after);
        refused(from, to, Optional.of("b"));

        store().orgs().create(context(to.id()));
        refused(from, to, after);
        refused(from, to, Optional.of("b"));
        assertThat(contents().find(to.id(), Source.PRIVATE, "b")).isEmpty();
        assertThat(contents().find(to.id(), Source.PRIVATE, "c")).isEmpty();
    }

    @Test
    default void copy_endsWithTheLifeOfTheSource() {
        Org from = life(steps().newOrg());
        Org to = life(steps().newOrg());
        steps().ready(from.id(), Source.PRIVATE, new Content("a", "", "one", Map.of()));

        store().orgs().erase(context(from.id()));
        refused(from, to, Optional.empty());

        store().orgs().create(context(from.id()));
        steps().ready(from.id(), Source.PRIVATE, new Content("a", "", "of another life", Map.of()));
        refused(from, to, Optional.empty());
        refused(from, to, Optional.of("z"));
        assertThat(contents().find(to.id(), Source.PRIVATE, "a")).isEmpty();
    }

    @Test
    default void copy_ofPagesThatAreAllTakenIsNoErasure() {
        Org from = life(steps().newOrg());
        Org to = life(steps().newOrg());
        steps().ready(from.id(), Source.PRIVATE, new Content("a", "", "theirs", Map.of()));
        steps().ready(to.id(), Source.PRIVATE, new Content("a", "", "mine", Map.of()));

        CopiedPage page = contents().copy(from, to, Optional.empty(), 1, steps().kind());

        assertThat(page.kept()).isEqualTo(1);
        assertThat(page.copied()).isZero();
    }
}
