package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.NotPermittedException;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.StaleLeaseException;
import io.croft.UnknownOrgException;
import io.croft.content.ContentStatus;
import io.croft.intake.IngestCounts;
import io.croft.intake.IngestStatus.Failure;
import io.croft.search.Source;
import io.croft.spi.Blob;
import io.croft.spi.Content;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentStore;
import io.croft.spi.IndexScope;
import io.croft.spi.InputStore;
import io.croft.spi.InputStore.Accepted;
import io.croft.spi.InputStore.File;
import io.croft.spi.InputStore.Input;
import io.croft.spi.InputStore.Pending;
import io.croft.spi.InputStore.Progress;
import io.croft.spi.InputStore.Reembedded;
import io.croft.spi.InputStore.Step;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Outcome;
import io.croft.spi.Sight;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every store of inputs keeps. Files need not be there: a store knows them by their keys. */
public abstract class InputStoreContract extends StoreContract {

    private static final Failure DAMAGED = new Failure("the file is damaged", "give it again");
    private static final String[] HASHES = {"0".repeat(64), "1".repeat(64), "2".repeat(64)};

    private static final Sight BOARD = Sight.of(Set.of("board"));
    private static final Sight STAFF = Sight.of(Set.of("staff"));

    private ContentSteps steps;
    private OrgId org;

    @BeforeEach
    final void prepare() {
        steps = new ContentSteps(this);
        org = steps.newOrg();
    }

    private InputStore inputs() {
        return store().inputs();
    }

    private static Blob blob(int number) {
        return new Blob(HASHES[number].replace('0', 'a'), 7);
    }

    private static Input file(Source source, String id, int number) {
        return new Input(source, HASHES[number],
                Optional.of(new File(blob(number), "report.txt", Optional.of("text/plain"))),
                new Content(id, "Report", "", Map.of("year", "2026")));
    }

    private static Input text(String id, int number, String text) {
        return new Input(Source.PRIVATE, HASHES[number], Optional.empty(), new Content(id, "", text, Map.of()));
    }

    private Accepted accept(Input input) {
        return inputs().accept(org, input, steps.kind(), Optional.empty());
    }

    private ClaimedJob claim(Accepted accepted) {
        return steps.claim(accepted.job().orElseThrow());
    }

    private Pending pending(ClaimedJob job) {
        return inputs().pending(org, job.payload()).orElseThrow();
    }

    private boolean read(ClaimedJob job, Pending pending, String text) {
        return inputs().read(job.lease(), pending, new Content(pending.content().id(), "Report", text, Map.of()),
                Optional.empty(), steps.kind());
    }

    private Progress progress(Source source, String id) {
        return inputs().progress(org, source, id).orElseThrow();
    }

    private Step step(String id) {
        return progress(Source.PRIVATE, id).step();
    }

    @ParameterizedTest
    @EnumSource
    void reembed_enqueuesWhatAnotherModelMade(Source source) {
        for (String id : List.of("a", "b", "c")) {
            steps.ready(org, source, ContentSteps.content(id, "Saddles " + id));
        }
        steps.put(org, source, ContentSteps.content("waiting", "Bridles"));
        steps.ready(steps.newOrg(), source, ContentSteps.content("a", "theirs"));
        assertThat(inputs().outdated(org, source, ContentSteps.MODEL)).isZero();
        assertThat(inputs().reembed(org, source, ContentSteps.MODEL, Optional.empty(), 10, steps.kind()))
                .isEqualTo(new Reembedded(0, Optional.empty()));

        assertThat(inputs().outdated(org, source, "new-model")).isEqualTo(3);
        Reembedded first = inputs().reembed(org, source, "new-model", Optional.empty(), 2, steps.kind());
        Reembedded second = inputs().reembed(org, source, "new-model", first.last(), 2, steps.kind());

        assertThat(first).isEqualTo(new Reembedded(2, Optional.of("b")));
        assertThat(second).isEqualTo(new Reembedded(1, Optional.of("c")));
        assertThat(inputs().reembed(org, source, "new-model", second.last(), 2, steps.kind()).last()).isEmpty();
        assertThat(inputs().reembed(org, source, "new-model", Optional.empty(), 10, steps.kind()).queued())
                .as("what has a job gets no other").isZero();
        assertThat(progress(source, "a")).as("it is searchable as it was").extracting(Progress::step,
                Progress::revision).containsExactly(Step.INDEXED, 1L);
        ClaimedJob job = steps.claim(progress(source, "a").job().orElseThrow());
        assertThat(store().content().writeChunks(job.lease(), steps.pending(job).orElseThrow(), "new-model",
                List.of(ContentSteps.chunk(0, "Saddles a")))).isTrue();
        assertThat(inputs().outdated(org, source, "new-model")).isEqualTo(2);
        assertThat(progress(source, "a")).extracting(Progress::step, Progress::revision)
                .containsExactly(Step.INDEXED, 1L);
    }

    @Test
    void reembed_doesNothingToANewerRevision() {
        steps.ready(org, "a", "Saddles");
        inputs().reembed(org, Source.PRIVATE, "new-model", Optional.empty(), 10, steps.kind());
        ClaimedJob job = steps.claim(progress(Source.PRIVATE, "a").job().orElseThrow());
        steps.put(org, "a", "Bridles");

        assertThat(steps.pending(job)).isEmpty();
        assertThat(inputs().outdated(org, Source.PRIVATE, "new-model")).isZero();
    }

    private Accepted load(Source source, String id, int number, String text) {
        return inputs().load(org, new Input(source, HASHES[number], Optional.empty(),
                new Content(id, "Tack", text, Map.of("year", "2026"))), ContentSteps.MODEL,
                List.of(ContentSteps.chunk(0, text)));
    }

    @ParameterizedTest
    @EnumSource
    void load_isSearchableAtOnceAndCostsNothingTwice(Source source) {
        assertThat(load(source, "d", 0, "Saddles.")).isEqualTo(new Accepted(1, Optional.empty(), false));

        assertThat(progress(source, "d").step()).isEqualTo(Step.INDEXED);
        assertThat(store().content().find(org, source, "d").orElseThrow().text()).isEqualTo("Saddles.");
        assertThat(load(source, "d", 0, "Saddles.")).isEqualTo(new Accepted(1, Optional.empty(), true));
        assertThat(load(source, "d", 1, "Bridles.")).isEqualTo(new Accepted(2, Optional.empty(), false));
        IndexScope scope = switch (source) {
            case PRIVATE ->
                    new IndexScope.PrivateIndex(org, store().orgs().find(org).orElseThrow().incarnation());
            case MARKETPLACE -> new IndexScope.MarketIndex();
        };
        assertThat(steps.texts(scope, org, "d")).containsExactly("Bridles.");
        assertThat(steps.chunks(scope, org, "d")).extracting(ContentChunks::title, ContentChunks::revision)
                .containsExactly("Tack", 2L);
    }

    @Test
    void load_takesThePlaceOfWhatIsUnderWay() {
        Accepted waiting = accept(text("d", 0, "Saddles."));

        assertThat(load(Source.PRIVATE, "d", 1, "Bridles.").revision()).isEqualTo(2);

        assertThat(steps.pending(claim(waiting))).isEmpty();
        assertThat(step("d")).isEqualTo(Step.INDEXED);
    }

    @Test
    void load_refusesWhatAreNoChunks() {
        Input input = text("d", 0, "Saddles.");

        assertThatThrownBy(() -> inputs().load(org, input, ContentSteps.MODEL, List.of()))
                .isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> inputs().load(OrgId.of(new UUID(1, 2)), input, ContentSteps.MODEL,
                List.of(ContentSteps.chunk(0, "Saddles.")))).isInstanceOf(UnknownOrgException.class);
        assertThat(inputs().progress(org, Source.PRIVATE, "d")).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void aFile_isReadThenEmbeddedAndSoSearchable(Source source) {
        Accepted accepted = accept(file(source, "d", 0));
        assertThat(accepted.revision()).isEqualTo(1);
        assertThat(accepted.unchanged()).isFalse();
        assertThat(progress(source, "d")).isEqualTo(
                new Progress(1, Step.EXTRACT, accepted.job(), Optional.empty(), Optional.empty(), Optional.empty()));
        assertThat(store().content().find(org, source, "d")).as("nothing is known of its text").isEmpty();

        ClaimedJob job = claim(accepted);
        Pending pending = pending(job);
        assertThat(pending).isEqualTo(new Pending(source, 1, file(source, "d", 0).file().orElseThrow(),
                new Content("d", "Report", "", Map.of("year", "2026"))));
        assertThat(inputs().read(job.lease(), pending, new Content("d", "Report", "Saddles.", Map.of("year", "2026")),
                Optional.of("page 2 has no text"), steps.kind())).isTrue();

        assertThat(progress(source, "d")).extracting(Progress::step, Progress::note)
                .containsExactly(Step.EMBED, Optional.of("page 2 has no text"));
        assertThat(inputs().pending(org, job.payload())).as("it is read").isEmpty();
        ClaimedJob next = steps.claim(progress(source, "d").job().orElseThrow());
        assertThat(steps.pending(next)).contains(new ContentStore.Pending(source, 1,
                new Content("d", "Report", "Saddles.", Map.of("year", "2026"))));
        assertThat(steps.write(next.lease(), steps.pending(next).orElseThrow(),
                List.of(ContentSteps.chunk(0, "Saddles.")))).isTrue();
        assertThat(progress(source, "d").step()).isEqualTo(Step.INDEXED);
        assertThat(store().content().status(org, source, "d").orElseThrow().state())
                .isEqualTo(ContentStatus.State.READY);
        assertThat(store().content().find(org, source, "d").orElseThrow().text()).isEqualTo("Saddles.");
    }

    private static Input fileFor(int number, String... groups) {
        return new Input(Source.PRIVATE, HASHES[number],
                Optional.of(new File(blob(number), "report.txt", Optional.empty())),
                new Content("d", "Report", "", Map.of(), Set.of(groups)));
    }

    private boolean read(ClaimedJob job, String text, String... groups) {
        return inputs().read(job.lease(), pending(job), new Content("d", "Report", text, Map.of(), Set.of(groups)),
                Optional.empty(), steps.kind());
    }

    private Optional<String> text(Sight sight) {
        return store().content().find(org, Source.PRIVATE, "d", sight).map(Content::text);
    }

    @Test
    void aFile_isForItsGroupsFromTheBeginning() {
        ClaimedJob job = claim(accept(fileFor(0, "board")));

        assertThat(pending(job).content().groups()).containsExactly("board");
        for (Sight sight : List.of(STAFF, Sight.of(Set.of()))) {
            assertThat(inputs().progress(org, Source.PRIVATE, "d", sight)).isEmpty();
            assertThat(store().content().status(org, Source.PRIVATE, "d", sight)).isEmpty();
            for (Input theirs : List.of(fileFor(1), fileFor(0, "board"), text("d", 1, "Mine."))) {
                assertThatThrownBy(() -> inputs().accept(org, theirs, steps.kind(), Optional.empty(), sight))
                        .isInstanceOf(NotPermittedException.class).hasMessageContaining("\"d\"");
            }
            assertThatThrownBy(() -> inputs().load(org, text("d", 1, "Mine."), ContentSteps.MODEL,
                    List.of(ContentSteps.chunk(0, "Mine.")), sight)).isInstanceOf(NotPermittedException.class);
        }
        assertThat(inputs().progress(org, Source.PRIVATE, "d", BOARD)).contains(progress(Source.PRIVATE, "d"));
        assertThat(read(job, "Plan.", "board")).isTrue();
        assertThat(text(STAFF)).isEmpty();
        assertThat(text(BOARD)).contains("Plan.");
        ClaimedJob next = steps.claim(progress(Source.PRIVATE, "d").job().orElseThrow());
        steps.write(next.lease(), steps.pending(next).orElseThrow(), List.of(ContentSteps.chunk(0, "Plan.")));
        assertThat(steps.chunks(scope(org), org, "d").groups()).containsExactly("board");
    }

    /** Nobody reads what was not for him, and what was for him he reads until then. */
    @Test
    void aFile_inThePlaceOfATextChangesForWhomItIsWhenItIsRead() {
        steps.put(org, Source.PRIVATE, new Content("d", "", "Old.", Map.of(), Set.of("board")));
        ClaimedJob job = claim(accept(fileFor(0, "staff")));

        assertThat(text(STAFF)).isEmpty();
        assertThat(text(BOARD)).contains("Old.");
        assertThat(inputs().progress(org, Source.PRIVATE, "d", STAFF)).isEmpty();
        assertThat(read(job, "New.", "staff")).isTrue();

        assertThat(text(STAFF)).contains("New.");
        assertThat(text(BOARD)).isEmpty();
        assertThat(inputs().progress(org, Source.PRIVATE, "d", STAFF)).isPresent();
    }

    /** Whoever enqueued it, a job that makes texts searchable finds none: the one that is there is an older one. */
    @ParameterizedTest
    @EnumSource
    void aFile_thatIsNotReadHasNoTextToBeMadeSearchable(Source source) {
        steps.ready(org, source, ContentSteps.content("d", "Old."));
        ClaimedJob job = claim(accept(file(source, "d", 0)));

        assertThat(store().content().pending(org, job.payload())).isEmpty();
        assertThat(inputs().recognise(job.lease(), pending(job), steps.kind())).isTrue();
        ClaimedJob next = steps.claim(progress(source, "d").job().orElseThrow());
        assertThat(store().content().pending(org, next.payload())).isEmpty();
        assertThat(read(next, pending(next), "New.")).isTrue();

        ClaimedJob last = steps.claim(progress(source, "d").job().orElseThrow());
        assertThat(store().content().pending(org, last.payload()).orElseThrow().content().text()).isEqualTo("New.");
    }

    @Test
    void anInput_forFewerHidesWhatIsStillSearchable() {
        steps.ready(org, Source.PRIVATE, ContentSteps.content("d", "Old."));
        ClaimedJob job = claim(accept(fileFor(0, "board", "staff")));
        assertThat(steps.chunks(scope(org), org, "d").groups()).as("until it is read").isEmpty();

        assertThat(read(job, "New.", "board", "staff")).isTrue();
        assertThat(steps.chunks(scope(org), org, "d").groups()).containsExactlyInAnyOrder("board", "staff");
        accept(new Input(Source.PRIVATE, HASHES[1], Optional.empty(),
                new Content("d", "", "Text.", Map.of(), Set.of("staff"))));
        assertThat(steps.chunks(scope(org), org, "d").groups()).containsExactly("staff");
        assertThat(steps.texts(scope(org), org, "d")).containsExactly("Old.");
    }

    @Test
    void anInput_isForWhomItSaysAfterADeletion() {
        accept(fileFor(0, "board"));
        store().content().delete(org, Source.PRIVATE, "d");

        assertThat(inputs().progress(org, Source.PRIVATE, "d", STAFF).orElseThrow().step()).isEqualTo(Step.DELETED);
        inputs().accept(org, fileFor(1, "staff"), steps.kind(), Optional.empty(), STAFF);
        assertThat(inputs().progress(org, Source.PRIVATE, "d", BOARD)).isEmpty();
        assertThat(inputs().progress(org, Source.PRIVATE, "d", STAFF)).isPresent();
        inputs().load(org, new Input(Source.PRIVATE, HASHES[2], Optional.empty(),
                new Content("d", "", "Loaded.", Map.of(), Set.of("staff", "board"))), ContentSteps.MODEL,
                List.of(ContentSteps.chunk(0, "Loaded.")), STAFF);
        assertThat(text(BOARD)).contains("Loaded.");
        assertThat(steps.chunks(scope(org), org, "d").groups()).containsExactlyInAnyOrder("board", "staff");
    }

    @Test
    void anExport_hasWhatHasAText() {
        accept(fileFor(0));
        steps.put(org, "put", "Text.");
        List<String> exported = new ArrayList<>();

        store().content().export(store().orgs().find(org).orElseThrow(), Source.PRIVATE,
                one -> exported.add(one.content().id()));

        assertThat(exported).containsExactly("put");
    }

    @Test
    void aFile_isLeftToWhoeverRecognisesTextInImages() {
        ClaimedJob first = claim(accept(file(Source.PRIVATE, "d", 0)));
        Pending pending = pending(first);
        assertThat(inputs().recognise(first.lease(), pending, steps.kind())).isTrue();

        Progress scanned = progress(Source.PRIVATE, "d");
        assertThat(scanned.step()).isEqualTo(Step.OCR);
        assertThat(accept(file(Source.PRIVATE, "d", 0))).isEqualTo(new Accepted(1, scanned.job(), true));
        ClaimedJob second = steps.claim(scanned.job().orElseThrow());
        assertThat(pending(second)).isEqualTo(pending);
        assertThat(read(second, pending, "Saddles.")).isTrue();

        assertThat(step("d")).isEqualTo(Step.EMBED);
        assertThat(steps.pending(steps.claim(progress(Source.PRIVATE, "d").job().orElseThrow()))).isPresent();
    }

    @Test
    void aText_goesOnAsAnyThatWasPut() {
        Accepted accepted = accept(text("d", 0, "Saddles."));

        assertThat(progress(Source.PRIVATE, "d"))
                .isEqualTo(new Progress(1, Step.EMBED, accepted.job(), Optional.empty(), Optional.empty(),
                        Optional.empty()));
        ClaimedJob job = claim(accepted);
        assertThat(inputs().pending(org, job.payload())).isEmpty();
        steps.write(job.lease(), steps.pending(job).orElseThrow(), List.of(ContentSteps.chunk(0, "Saddles.")));

        assertThat(step("d")).isEqualTo(Step.INDEXED);
    }

    @Test
    void progress_saysWhyItsJobWasPutOff() {
        ClaimedJob job = claim(accept(file(Source.PRIVATE, "d", 0)));

        assertThat(store().jobs().finish(List.of(new Completion(job.lease(),
                new Outcome.Snoozed(Duration.ofHours(1), "no more jobs may wait"))))).containsExactly(true);

        assertThat(progress(Source.PRIVATE, "d")).extracting(Progress::step, Progress::putOff)
                .containsExactly(Step.EXTRACT, Optional.of("no more jobs may wait"));
        accept(file(Source.PRIVATE, "d", 1));
        assertThat(progress(Source.PRIVATE, "d").putOff()).as("another job").isEmpty();
    }

    @Test
    void theSameOnceMore_doesNothingWhateverItsStep() {
        Accepted first = accept(file(Source.PRIVATE, "d", 0));
        assertThat(accept(file(Source.PRIVATE, "d", 0))).isEqualTo(new Accepted(1, first.job(), true));
        ClaimedJob job = claim(first);
        read(job, pending(job), "Saddles.");
        Progress embedding = progress(Source.PRIVATE, "d");
        assertThat(accept(file(Source.PRIVATE, "d", 0))).isEqualTo(new Accepted(1, embedding.job(), true));
        ClaimedJob next = steps.claim(embedding.job().orElseThrow());
        steps.write(next.lease(), steps.pending(next).orElseThrow(), List.of(ContentSteps.chunk(0, "Saddles.")));

        assertThat(accept(file(Source.PRIVATE, "d", 0)).unchanged()).isTrue();
        assertThat(accept(file(Source.PRIVATE, "d", 1)).revision()).as("another one").isEqualTo(2);
        assertThat(accept(file(Source.PRIVATE, "e", 1)).unchanged()).as("of another document").isFalse();
        assertThat(accept(file(Source.MARKETPLACE, "d", 1)).unchanged()).as("a listing").isFalse();
    }

    private Accepted accept(Input input, String key) {
        return inputs().accept(org, input, steps.kind(), Optional.of(key));
    }

    @Test
    void aKey_isOneInputsAlone() {
        Accepted first = accept(file(Source.PRIVATE, "d", 0), "once");
        accept(file(Source.PRIVATE, "e", 0));
        accept(file(Source.MARKETPLACE, "d", 0));
        List<Input> others = List.of(file(Source.PRIVATE, "e", 1), file(Source.MARKETPLACE, "d", 1),
                file(Source.PRIVATE, "never", 1));

        assertThat(accept(file(Source.PRIVATE, "d", 1), "once")).as("whatever it says")
                .isEqualTo(new Accepted(1, first.job(), true));
        for (Input other : others) {
            assertThatThrownBy(() -> accept(other, "once")).isInstanceOf(InvalidInputException.class);
        }
        ClaimedJob job = claim(first);
        read(job, pending(job), "Saddles.");

        assertThat(accept(file(Source.PRIVATE, "d", 1), "once").unchanged()).as("when its job has ended").isTrue();
        for (Input other : others) {
            assertThatThrownBy(() -> accept(other, "once")).isInstanceOf(InvalidInputException.class);
        }
        assertThat(progress(Source.PRIVATE, "e").revision()).isEqualTo(1);
        assertThat(inputs().progress(org, Source.PRIVATE, "never")).isEmpty();
    }

    @Test
    void theSameOnceMore_isDoneAgainIfItFailedOrIsGone() {
        ClaimedJob job = claim(accept(file(Source.PRIVATE, "d", 0)));
        inputs().fail(job.lease(), pending(job), DAMAGED);

        assertThat(accept(file(Source.PRIVATE, "d", 0))).extracting(Accepted::revision, Accepted::unchanged)
                .containsExactly(2L, false);
        store().content().delete(org, Source.PRIVATE, "d");
        assertThat(step("d")).isEqualTo(Step.DELETED);
        assertThat(accept(file(Source.PRIVATE, "d", 0)).revision()).isEqualTo(4);
        steps.put(org, "d", "By other means.");
        assertThat(accept(file(Source.PRIVATE, "d", 0)).revision()).isEqualTo(6);
    }

    @Test
    void aFailure_saysWhyAndLeavesWhatWasSearchable() {
        steps.ready(org, "d", "Old.");
        ClaimedJob job = claim(accept(file(Source.PRIVATE, "d", 0)));
        assertThat(store().content().find(org, Source.PRIVATE, "d").orElseThrow().text()).isEqualTo("Old.");

        assertThat(inputs().fail(job.lease(), pending(job), DAMAGED)).isTrue();

        assertThat(progress(Source.PRIVATE, "d"))
                .isEqualTo(new Progress(2, Step.FAILED, Optional.of(job.lease().id()), Optional.of(DAMAGED),
                        Optional.empty(), Optional.empty()));
        assertThat(steps.texts(scope(org), org, "d")).containsExactly("Old.");
        assertThat(inputs().pending(org, job.payload())).as("its job has ended, but may be asked").isPresent();
    }

    @Test
    void aNewerRevision_takesTheOlderOnesPlaceAtEachStep() {
        ClaimedJob older = claim(accept(file(Source.PRIVATE, "d", 0)));
        Pending read = pending(older);
        ClaimedJob newer = claim(accept(file(Source.PRIVATE, "d", 1)));
        assertThat(inputs().pending(org, older.payload())).isEmpty();
        assertThat(read(older, read, "Old.")).isFalse();

        Pending second = pending(newer);
        store().content().delete(org, Source.PRIVATE, "d");
        assertThat(inputs().fail(newer.lease(), second, DAMAGED)).isFalse();
        assertThat(step("d")).isEqualTo(Step.DELETED);

        ClaimedJob third = claim(accept(file(Source.PRIVATE, "d", 2)));
        read(third, pending(third), "Third.");
        ClaimedJob embed = steps.claim(progress(Source.PRIVATE, "d").job().orElseThrow());
        ContentStore.Pending chunks = steps.pending(embed).orElseThrow();
        accept(file(Source.PRIVATE, "d", 0));
        assertThat(steps.pending(embed)).isEmpty();
        assertThat(steps.write(embed.lease(), chunks, List.of(ContentSteps.chunk(0, "Third.")))).isFalse();
        assertThat(step("d")).isEqualTo(Step.EXTRACT);
    }

    @Test
    void aStaleLease_writesNothing() {
        ClaimedJob job = claim(accept(file(Source.PRIVATE, "d", 0)));
        Pending pending = pending(job);
        JobLease stale = new JobLease(org, job.lease().id(), job.lease().fence() - 1);

        assertThatThrownBy(() -> inputs().read(stale, pending, new Content("d", "", "Text.", Map.of()),
                Optional.empty(), steps.kind())).isInstanceOf(StaleLeaseException.class);
        assertThatThrownBy(() -> inputs().recognise(stale, pending, steps.kind()))
                .isInstanceOf(StaleLeaseException.class);
        assertThatThrownBy(() -> inputs().fail(stale, pending, DAMAGED)).isInstanceOf(StaleLeaseException.class);

        assertThat(step("d")).isEqualTo(Step.EXTRACT);
        assertThat(inputs().pending(org, job.payload())).contains(pending);
        assertThat(store().content().find(org, Source.PRIVATE, "d")).isEmpty();
    }

    @Test
    void aKey_isDoneOnce() {
        Accepted first = inputs().accept(org, file(Source.PRIVATE, "d", 0), steps.kind(), Optional.of("k"));

        assertThat(inputs().accept(org, file(Source.PRIVATE, "d", 1), steps.kind(), Optional.of("k")))
                .isEqualTo(new Accepted(1, first.job(), true));
        assertThatThrownBy(() -> inputs().accept(org, file(Source.PRIVATE, "e", 1), steps.kind(), Optional.of("k")))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("used for something else");

        assertThat(inputs().progress(org, Source.PRIVATE, "e")).as("nothing of it stays").isEmpty();
        assertThat(pending(claim(first)).file().blob()).isEqualTo(blob(0));
    }

    @Test
    void counts_tellTheSteps() {
        accept(file(Source.PRIVATE, "a", 0));
        accept(text("b", 0, "Text."));
        steps.put(org, "c", "By other means.");
        steps.ready(org, "d", "Done.");
        ClaimedJob job = claim(accept(file(Source.PRIVATE, "e", 0)));
        inputs().fail(job.lease(), pending(job), DAMAGED);
        steps.ready(org, "f", "Gone.");
        store().content().delete(org, Source.PRIVATE, "f");
        ClaimedJob scanned = claim(accept(file(Source.PRIVATE, "g", 0)));
        inputs().recognise(scanned.lease(), pending(scanned), steps.kind());
        accept(file(Source.MARKETPLACE, "a", 0));

        assertThat(inputs().counts(org, Source.PRIVATE)).isEqualTo(new IngestCounts(1, 1, 2, 1, 1));
        assertThat(inputs().counts(org, Source.MARKETPLACE)).isEqualTo(new IngestCounts(1, 0, 0, 0, 0));
        assertThat(inputs().counts(steps.newOrg(), Source.PRIVATE)).isEqualTo(new IngestCounts(0, 0, 0, 0, 0));
    }

    @Test
    void unused_areKeysThatNoNewestRevisionIsMadeOf() {
        Org life = store().orgs().find(org).orElseThrow();
        List<String> keys = List.of(blob(0).key(), blob(1).key(), blob(2).key());
        accept(file(Source.PRIVATE, "d", 0));
        accept(file(Source.MARKETPLACE, "d", 1));
        assertThat(inputs().unused(life, keys)).containsExactly(blob(2).key());

        accept(file(Source.PRIVATE, "d", 2));
        store().content().delete(org, Source.MARKETPLACE, "d");
        assertThat(inputs().unused(life, keys)).containsExactlyInAnyOrder(blob(0).key(), blob(1).key());
        steps.put(org, "d", "By other means.");

        assertThat(inputs().unused(life, keys)).containsExactlyInAnyOrderElementsOf(keys);
        assertThat(inputs().unused(life, List.of())).isEmpty();
    }

    @Test
    void documents_thatAreNotReadYetAreNotCopied() {
        accept(file(Source.PRIVATE, "unread", 0));
        steps.put(org, "put", "Text.");
        OrgId other = steps.newOrg();

        ContentStore.CopiedPage page = store().content().copy(store().orgs().find(org).orElseThrow(),
                store().orgs().find(other).orElseThrow(), Optional.empty(), 10, steps.kind());

        assertThat(page.copied()).isEqualTo(1);
        assertThat(inputs().progress(other, Source.PRIVATE, "unread")).isEmpty();
        assertThat(inputs().progress(other, Source.PRIVATE, "put")).isPresent();
    }

    @Test
    void anUnknownOrganisation_isRefused() {
        OrgId unknown = unknownOrg();

        assertThatThrownBy(
                () -> inputs().accept(unknown, file(Source.PRIVATE, "d", 0), steps.kind(), Optional.empty()))
                .isInstanceOf(UnknownOrgException.class);
        assertThatThrownBy(() -> inputs().progress(unknown, Source.PRIVATE, "d"))
                .isInstanceOf(UnknownOrgException.class);
        assertThat(inputs().progress(org, Source.PRIVATE, "never")).isEmpty();
        assertThatThrownBy(() -> inputs().pending(org, "{}")).isInstanceOf(InvalidInputException.class);
    }
}
