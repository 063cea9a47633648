package io.croft.examples.product;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.Croft;
import io.croft.CroftException;
import io.croft.FolderInUseException;
import io.croft.InvalidInputException;
import io.croft.Secret;
import io.croft.StoreUnavailableException;
import io.croft.TenantContext;
import io.croft.UnknownOrgException;
import io.croft.content.Document;
import io.croft.content.WriteReceipt;
import io.croft.job.Job;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.job.JobState;
import io.croft.pg.PgStore;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import io.croft.search.SearchResults.Wait;
import io.croft.search.Source;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadInputTest {

    private static final JobKind KNOWN = JobKind.of("known", "work");

    private final TenantContext acme = Host.member("acme");
    private Croft croft;
    private String url;
    private Path folder;

    @BeforeAll
    void start(@TempDir(cleanup = org.junit.jupiter.api.io.CleanupMode.NEVER) Path folder) throws SQLException {
        this.folder = folder;
        url = Host.newDatabase();
        croft = Host.builder(url, folder).handler(KNOWN, job -> JobResult.completed()).start();
        croft.orgs().create(acme);
    }

    @AfterAll
    void stop() {
        croft.close();
    }

    @Test
    void unknownOrg_isRefusedEverywhereAndNamed() {
        TenantContext nobody = Host.member("nobody");

        assertRefused(nobody, () -> croft.documents().put(nobody, Document.text("a", "text")));
        assertRefused(nobody, () -> croft.documents().find(nobody, "a"));
        assertRefused(nobody, () -> croft.search().search(nobody, SearchQuery.of("text")));
        assertRefused(nobody, () -> croft.jobs().enqueue(nobody, JobRequest.of(KNOWN, "{}")));
        assertRefused(nobody, () -> croft.jobs().find(nobody, new JobId(1)));
    }

    @Test
    void vectorOfAnotherLength_isRefusedWithBothLengths() {
        assertThatThrownBy(() -> croft.search().search(acme, SearchQuery.ofVector(new float[]{1, 2, 3})))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("3").hasMessageContaining("64");
    }

    @Test
    void documentOverTheLimit_isRefusedAndNothingOfTheBatchIsStored() {
        String tooLong = "x".repeat((1 << 20) + 1);

        assertThatThrownBy(() -> croft.documents().putAll(acme,
                List.of(Document.text("small", "fits"), Document.text("large", tooLong))))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("\"large\"")
                .hasMessageContaining("1048577").hasMessageContaining("1048576");
        assertThat(croft.documents().find(acme, "small")).isEmpty();
    }

    @Test
    void documentAtTheLimit_isTakenAndFound() {
        String text = "needle " + "hay ".repeat(((1 << 20) - 7) / 4);

        WriteReceipt receipt = croft.documents().put(acme, Document.text("at-the-limit", text));

        SearchResults results = Host.searchAfter(croft, acme, "needle", receipt);
        assertThat(results.hits()).extracting(hit -> hit.id()).contains("at-the-limit");
    }

    @Test
    void sameId_replaces() {
        croft.documents().put(acme, Document.text("twice", "zebras graze"));
        WriteReceipt second = croft.documents().put(acme, Document.text("twice", "giraffes browse"));

        assertThat(second.revision()).isEqualTo(2);
        assertThat(Host.searchAfter(croft, acme, "giraffes", second).hits()).extracting(hit -> hit.id())
                .containsOnlyOnce("twice");
        assertThat(croft.documents().find(acme, "twice").orElseThrow().text()).isEqualTo("giraffes browse");
    }

    @Test
    void payload_mustBeAJsonObjectWithinItsLimit() {
        assertThatThrownBy(() -> JobRequest.of(KNOWN, "{\"a\":\"" + "x".repeat(256 * 1024) + "\"}"))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("262144");
        for (String payload : List.of("[1]", "1", "null", "{", "", "{\"a\":1} x", "{\"a\":\"\\u0000\"}")) {
            assertThatThrownBy(() -> croft.jobs().enqueue(acme, JobRequest.of(KNOWN, payload))).as(payload)
                    .isInstanceOf(InvalidInputException.class);
        }
    }

    @Test
    void unknownKind_waitsAndIsReportedAndIsNotLost() throws SQLException {
        JobKind unknown = JobKind.of("unheard-of", "work");
        JobId id = croft.jobs().enqueue(acme, JobRequest.of(unknown, "{}")).id();

        Host.await("the unknown kind is reported",
                () -> croft.jobs().admin().unhandledKinds().contains("unheard-of"));
        Host.await("the job is put back", () -> state(id) == JobState.SCHEDULED);
        Job job = croft.jobs().find(acme, id).orElseThrow();
        assertThat(job.attempts()).isZero();
    }

    @Test
    void postgresDownAtStart_isNamedWithoutPassword() {
        assertThatThrownBy(() -> PgStore.builder("jdbc:postgresql://127.0.0.1:1/app?password=hunter2&ssl=false",
                "app", Secret.of("hunter3")).open())
                .isInstanceOf(StoreUnavailableException.class).hasMessageContaining("127.0.0.1:1/app")
                .hasMessageNotContaining("hunter");
    }

    @Test
    void folderOfAnotherProcess_isNamed() {
        assertThatThrownBy(() -> Host.builder(url, folder).start()).isInstanceOf(FolderInUseException.class)
                .hasMessageContaining(folder.toString());
    }

    @Test
    void damagedIndex_isRebuiltFromTheDatabaseAndOthersAreUnaffected(@TempDir Path other) throws Exception {
        String database = Host.newDatabase();
        TenantContext hurt = Host.member("hurt");
        TenantContext sound = Host.member("sound");
        try (Croft first = Host.builder(database, other).start()) {
            for (TenantContext who : List.of(hurt, sound)) {
                first.orgs().create(who);
                Host.searchAfter(first, who, "x", first.documents().put(who, Document.text("d", "otters swim")));
            }
        }
        damage(other.resolve("orgs"), hurt.org().toString());

        try (Croft second = Host.builder(database, other).start()) {
            for (TenantContext who : List.of(sound, hurt)) {
                SearchResults results = second.search().search(who,
                        SearchQuery.of("otters").sources(Set.of(Source.PRIVATE)).timeout(Duration.ofSeconds(20)));
                assertThat(results.incomplete()).isEmpty();
                assertThat(results.hits()).extracting(hit -> hit.id()).containsExactly("d");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"segments_", "", "g1"})
    void filesThatVanishWhileItRuns_areRebuiltFromTheDatabase(String name, @TempDir Path other) throws Exception {
        String database = Host.newDatabase();
        TenantContext who = Host.member("robbed");
        try (Croft first = Host.builder(database, other).start()) {
            first.orgs().create(who);
            for (String id : List.of("a", "b")) {
                Host.searchAfter(first, who, "x", first.documents().put(who, Document.text(id, "otters swim")));
            }
        }

        Croft second = Host.builder(database, other).start();
        try {
            Host.searchAfter(second, who, "otters", second.documents().put(who, Document.text("c", "otters swim")));
            remove(other.resolve("orgs"), name);
            WriteReceipt last = second.documents().put(who, Document.text("d", "otters swim"));

            assertThat(Host.searchAfter(second, who, "otters", last).waits()).extracting(Wait::outcome)
                    .containsExactly(Wait.Outcome.VISIBLE);
            Host.await("all are found", () -> findsAllOtters(second, who));
        } finally {
            closeThoughItsFilesAreGone(second);
        }
        try (Croft third = Host.builder(database, other).start()) {
            Host.await("all are found after a restart", () -> findsAllOtters(third, who));
        }
    }

    private static boolean findsAllOtters(Croft croft, TenantContext who) {
        SearchResults found = croft.search().search(who,
                SearchQuery.of("otters").sources(Set.of(Source.PRIVATE)).timeout(Duration.ofSeconds(20)));
        return found.incomplete().isEmpty() && found.hits().size() == 4;
    }

    /** If the index has not noticed yet, it says so now. */
    private static void closeThoughItsFilesAreGone(Croft croft) {
        try {
            croft.close();
        } catch (CroftException e) {
            assertThat(e).hasMessageContaining("could not be written");
        }
    }

    @Test
    void indexOfAnotherModel_isRebuiltAndFoundByWordsUntilItIsEmbeddedAgain(@TempDir Path other) throws Exception {
        String database = Host.newDatabase();
        TenantContext who = Host.member("other-model");
        try (Croft first = Host.builder(database, other, new WordEmbedder("old")).start()) {
            first.orgs().create(who);
            Host.searchAfter(first, who, "x", first.documents().put(who, Document.text("d", "otters swim")));
        }

        try (Croft second = Host.builder(database, other, new WordEmbedder("new")).start()) {
            SearchQuery query = SearchQuery.of("otters").timeout(Duration.ofSeconds(20));
            assertThat(second.search().search(who, query).hits()).singleElement()
                    .satisfies(hit -> assertThat(hit.signals().cosine()).isZero());
            WriteReceipt again = second.documents().put(who, Document.text("d", "otters swim"));
            assertThat(Host.searchAfter(second, who, "otters", again).hits()).singleElement()
                    .satisfies(hit -> assertThat(hit.signals().cosine()).isPositive());
        }
    }

    @Test
    void erasedOrg_isUnknownAndSeesNothingOfItsFormerLife() {
        TenantContext brief = Host.member("brief");
        croft.orgs().create(brief);
        Host.searchAfter(croft, brief, "x", croft.documents().put(brief, Document.text("d", "badgers dig")));
        croft.orgs().erase(brief);

        assertRefused(brief, () -> croft.search().search(brief, SearchQuery.of("badgers")));
        croft.orgs().create(brief);
        SearchResults results = croft.search().search(brief,
                SearchQuery.of("badgers").sources(Set.of(Source.PRIVATE)).timeout(Duration.ofSeconds(20)));
        assertThat(results.incomplete()).isEmpty();
        assertThat(results.hits()).isEmpty();
    }

    private JobState state(JobId id) {
        return croft.jobs().find(acme, id).orElseThrow().state();
    }

    private static void assertRefused(TenantContext who, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(UnknownOrgException.class).hasMessageContaining(who.org().toString())
                .hasMessageContaining("orgs().create");
    }

    /** Removes the files whose name begins so; for a folder's name, all in it and itself. */
    private static void remove(Path root, String name) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                boolean inFolder = name.equals("g1") && path.toString().contains(File.separator + "g1");
                if (inFolder || (Files.isRegularFile(path) && path.getFileName().toString().startsWith(name))) {
                    Files.delete(path);
                }
            }
        }
    }

    /** Flips a byte in the middle of every file of the org's index. */
    private static void damage(Path root, String org) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            files.filter(Files::isRegularFile).filter(file -> file.toString().contains(org)).forEach(file -> {
                try {
                    byte[] bytes = Files.readAllBytes(file);
                    if (bytes.length > 0) {
                        bytes[bytes.length / 2] ^= 1;
                        Files.write(file, bytes);
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
