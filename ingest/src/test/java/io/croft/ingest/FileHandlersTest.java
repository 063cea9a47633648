package io.croft.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.croft.Actor;
import io.croft.CroftException;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.OrgQuotas;
import io.croft.OrgQuotas.Resource;
import io.croft.TenantContext;
import io.croft.ingest.extract.Extractor;
import io.croft.ingest.extract.ImageSamples;
import io.croft.ingest.extract.PdfSamples;
import io.croft.intake.Upload;
import io.croft.job.JobKind;
import io.croft.job.JobResult;
import io.croft.search.Source;
import io.croft.spi.Blob;
import io.croft.spi.Content;
import io.croft.spi.FileIntake;
import io.croft.spi.InputStore.Accepted;
import io.croft.spi.InputStore.File;
import io.croft.spi.InputStore.Input;
import io.croft.spi.InputStore.Progress;
import io.croft.spi.InputStore.Step;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Outcome;
import io.croft.spi.Processors;
import io.croft.spi.Sight;
import io.croft.spi.memory.InMemoryStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the jobs of files say where they cannot do all of their work. */
class FileHandlersTest {

    private static final int NEVER = Integer.MAX_VALUE;

    @TempDir
    private Path folder;

    private final InMemoryStore store = new InMemoryStore();
    private final OrgId org = OrgId.named("riding-school");
    private final TenantContext operator = TenantContext.of(org, Actor.superAdmin("test"));
    private OpenedOnce<Extractor> extractor;
    private FileReading reading;

    /** Takes in none. */
    private static final class NoFiles implements FileIntake {

        @Override
        public Accepted accept(Org life, Sight sight, Upload upload, InputStream content) {
            throw new UnsupportedOperationException("no job of a file gives another one");
        }

        @Override
        public void delete(Org life, Sight sight, Source source, String id) {
            throw new UnsupportedOperationException("no job of a file deletes");
        }
    }

    @BeforeEach
    void open() throws IOException {
        store.orgs().create(operator);
        for (JobKind kind : List.of(Processors.EXTRACT, Processors.OCR, Processors.EMBED)) {
            store.jobs().registerQueue(kind.queue());
        }
        Path tesseract = Files.writeString(folder.resolve("tesseract"),
                "#!/bin/sh\nif [ \"$1\" = --list-langs ]; then echo eng; else exit 7; fi\n");
        assumeTrue(tesseract.toFile().setExecutable(true));
        extractor = new OpenedOnce<>(() -> Extractor.builder().scratch(folder).tesseract(tesseract).open(),
                Extractor::close);
        reading = new FileReading(new Processors.Parts(store.orgs(), store.content(), store.inputs(), store.crawls(),
                store.sites(), store.spends(), store.blobs(), new NoFiles(), new WordEmbedder(40), content -> {
                }), extractor);
    }

    @AfterEach
    void close() {
        extractor.close();
    }

    private void accept(String name, byte[] bytes) throws IOException {
        Blob blob = store.blobs().put(store.orgs().find(org).orElseThrow(), new ByteArrayInputStream(bytes),
                bytes.length);
        store.inputs().accept(org, new Input(Source.PRIVATE, "0".repeat(64),
                Optional.of(new File(blob, name, Optional.empty())), new Content("d", "", "", Map.of())),
                Processors.EXTRACT, Optional.empty());
    }

    private ClaimedJob claim(JobKind kind) {
        store.jobs().maintain(100);
        return store.jobs().claim(kind.queue(), 1, "test", Duration.ofMinutes(5)).getFirst();
    }

    private Progress progress() {
        return store.inputs().progress(org, Source.PRIVATE, "d").orElseThrow();
    }

    @Test
    void ocr_thatFails_leavesTheTextThatIsThereWithoutIt() throws Exception {
        accept("scan.pdf", PdfSamples.textAndScan("Saddles are oiled in spring.", ImageSamples.picture("hooves")));
        assertThat(new ExtractHandler(reading).handle(new Attempt(claim(Processors.EXTRACT), NEVER)))
                .isEqualTo(JobResult.completed());
        assertThat(progress().step()).isEqualTo(Step.OCR);
        ClaimedJob first = claim(Processors.OCR);
        assertThatThrownBy(() -> new OcrHandler(reading).handle(new Attempt(first, NEVER)))
                .as("it may have been the machine's doing").isInstanceOf(CroftException.class);
        store.jobs().finish(List.of(new Completion(first.lease(), new Outcome.Failed(Duration.ZERO, "E", "no"))));

        assertThat(new OcrHandler(reading).handle(new Attempt(claim(Processors.OCR), NEVER)))
                .isEqualTo(JobResult.completed());

        assertThat(progress().step()).isEqualTo(Step.EMBED);
        assertThat(progress().note().orElseThrow()).contains("page 2", "status 7");
        assertThat(store.content().find(org, Source.PRIVATE, "d").orElseThrow().text())
                .isEqualTo("Saddles are oiled in spring.");
    }

    @Test
    void ocr_thatFailsWhereThereIsNoOtherText_saysWhy() throws Exception {
        accept("scan.pdf", PdfSamples.scan(List.of(ImageSamples.picture("hooves"))));
        new ExtractHandler(reading).handle(new Attempt(claim(Processors.EXTRACT), NEVER));
        ClaimedJob first = claim(Processors.OCR);
        store.jobs().finish(List.of(new Completion(first.lease(), new Outcome.Failed(Duration.ZERO, "E", "no"))));

        new OcrHandler(reading).handle(new Attempt(claim(Processors.OCR), NEVER));

        assertThat(progress().step()).isEqualTo(Step.FAILED);
        assertThat(progress().failure().orElseThrow().reason()).contains("status 7");
    }

    @Test
    void extract_waitsWhereNoMoreJobsMayWait() throws Exception {
        accept("care.txt", "Saddles are oiled.".getBytes(StandardCharsets.UTF_8));
        ClaimedJob job = claim(Processors.EXTRACT);
        store.orgs().setQuotas(operator, OrgQuotas.UNLIMITED.with(Resource.QUEUED_JOBS, 0));

        JobResult waits = new ExtractHandler(reading).handle(new Attempt(job, NEVER));

        assertThat(waits).isInstanceOfSatisfying(JobResult.Snooze.class, snooze -> {
            assertThat(snooze.delay()).isPositive();
            assertThat(snooze.reason()).contains("no more jobs");
        });
        assertThat(progress().step()).isEqualTo(Step.EXTRACT);
        store.orgs().setQuotas(operator, OrgQuotas.UNLIMITED);
        assertThat(new ExtractHandler(reading).handle(new Attempt(job, NEVER))).isEqualTo(JobResult.completed());
        assertThat(progress().step()).isEqualTo(Step.EMBED);
    }
}
