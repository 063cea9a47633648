package io.croft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.croft.content.Document;
import io.croft.content.Listing;
import io.croft.content.WriteReceipt;
import io.croft.flags.FeatureFlags;
import io.croft.flags.FlagSetting;
import io.croft.search.Hit;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import io.croft.search.SearchResults.Incomplete;
import io.croft.search.Source;
import io.croft.spi.contract.Await;
import io.croft.spi.memory.InMemoryChunkIndex;
import io.croft.spi.memory.InMemoryStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Flags from their setting to what they switch. */
class FlagsTest {

    private static final Actor OPS = Actor.superAdmin("ops");

    private final InMemoryStore store = new InMemoryStore();
    private final Croft croft = Croft.builder().store(store)
            .index(new InMemoryChunkIndex(new InMemoryChunkIndex.Disk())).embedder(new LengthEmbedder())
            .handlers(new WholeTexts()).start();
    private final TenantContext acme = TenantContext.of(OrgId.named("acme"), OPS);
    private final TenantContext other = TenantContext.of(OrgId.named("other"), Actor.user("u", Role.ADMIN));

    FlagsTest() {
        croft.orgs().create(acme);
        croft.orgs().create(other);
    }

    @AfterEach
    void stop() {
        croft.close();
    }

    private void set(FlagSetting global, FlagSetting ofAcme) {
        croft.flags().set(OPS, "beta", global);
        croft.flags().set(acme, "beta", ofAcme);
    }

    @Test
    void flag_isWhatTheFirstSays() {
        assertThat(croft.flags().isOn(acme, "beta")).isFalse();
        for (FlagSetting ofAcme : FlagSetting.values()) {
            set(FlagSetting.OFF, ofAcme);
            assertThat(croft.flags().isOn(acme, "beta")).as("killed, %s", ofAcme).isFalse();
            for (FlagSetting global : List.of(FlagSetting.ON, FlagSetting.UNSET)) {
                set(global, ofAcme);
                assertThat(croft.flags().isOn(acme, "beta")).as("%s %s", global, ofAcme)
                        .isEqualTo(ofAcme == FlagSetting.ON
                                || (ofAcme == FlagSetting.UNSET && global == FlagSetting.ON));
                assertThat(croft.flags().isOn(other, "beta")).isEqualTo(global == FlagSetting.ON);
            }
        }
    }

    @Test
    void settings_areListed() {
        set(FlagSetting.ON, FlagSetting.OFF);

        assertThat(croft.flags().settings(OPS))
                .isEqualTo(Map.of("beta", FlagSetting.ON, FeatureFlags.SEARCH_V2, FlagSetting.ON));
        assertThat(croft.flags().settings(acme)).isEqualTo(Map.of("beta", FlagSetting.OFF));
        assertThat(croft.flags().settings(other)).isEmpty();
    }

    @Test
    void flags_areForSuperAdmins() {
        assertThatThrownBy(() -> croft.flags().set(other, "beta", FlagSetting.ON))
                .isInstanceOf(NotPermittedException.class).hasMessageContaining("SUPER_ADMIN");
        assertThatThrownBy(() -> croft.flags().set(other.actor(), "beta", FlagSetting.ON))
                .isInstanceOf(NotPermittedException.class).hasMessageContaining("SUPER_ADMIN");
        assertThatThrownBy(() -> croft.flags().settings(other.actor())).isInstanceOf(NotPermittedException.class);
        for (String bad : List.of("", "Beta", "1a", "a-b", "a".repeat(65))) {
            assertThatThrownBy(() -> croft.flags().isOn(acme, bad)).isInstanceOf(InvalidInputException.class);
        }
        assertThatThrownBy(() -> croft.flags().isOn(TenantContext.of(OrgId.named("nobody"), OPS), "beta"))
                .isInstanceOf(UnknownOrgException.class);
    }

    @Test
    void otherProcesses_seeAChangeAndKeepItWhileTheDatabaseIsAway() {
        try (Croft elsewhere = Croft.builder().store(store).start()) {
            croft.flags().set(acme, "beta", FlagSetting.ON);
            Await.until("it is known there", () -> elsewhere.flags().isOn(acme, "beta"));
            store.goAway();

            assertThat(elsewhere.flags().isOn(acme, "beta")).isTrue();
            store.comeBack();
        }
    }

    @Test
    void searchV2_switchesTheMarketplaceOffAndOn() {
        croft.documents().put(acme, Document.text("d", "otters swim"));
        WriteReceipt document = croft.documents().put(acme, Document.text("e", "otters sleep"));
        WriteReceipt listing = croft.marketplace().publish(acme, Listing.of("m", "otters play"));
        SearchQuery query = SearchQuery.of("otters").after(document).after(listing).timeout(Duration.ofSeconds(20));
        assertThat(sources(croft.search().search(acme, query)))
                .containsExactlyInAnyOrder(Source.PRIVATE, Source.MARKETPLACE);

        croft.flags().set(acme, FeatureFlags.SEARCH_V2, FlagSetting.OFF);
        SearchResults without = croft.search().search(acme, query);
        assertThat(sources(without)).containsExactly(Source.PRIVATE);
        assertThat(without.incomplete()).extracting(Incomplete::source, Incomplete::cause).containsExactly(
                tuple(Source.MARKETPLACE, Incomplete.Cause.SWITCHED_OFF));
        SearchResults nothing = croft.search().search(acme, query.sources(Set.of(Source.MARKETPLACE)));
        assertThat(nothing.hits()).isEmpty();
        assertThat(nothing.incomplete()).hasSize(1);
        assertThat(sources(croft.search().search(other, query.sources(Set.of(Source.MARKETPLACE)))))
                .containsExactly(Source.MARKETPLACE);

        croft.flags().set(acme, FeatureFlags.SEARCH_V2, FlagSetting.UNSET);
        assertThat(sources(croft.search().search(acme, query))).contains(Source.MARKETPLACE);

        croft.flags().set(OPS, FeatureFlags.SEARCH_V2, FlagSetting.UNSET);
        assertThat(sources(croft.search().search(acme, query))).as("nothing is set: off")
                .containsExactly(Source.PRIVATE);
    }

    private static Set<Source> sources(SearchResults results) {
        return results.hits().stream().map(Hit::source).collect(Collectors.toSet());
    }
}
