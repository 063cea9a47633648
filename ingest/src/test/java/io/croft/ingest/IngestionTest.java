package io.croft.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.OrgQuotas;
import io.croft.OrgQuotas.Resource;
import io.croft.QuotaExceededException;
import io.croft.TenantContext;
import io.croft.content.Document;
import io.croft.content.Listing;
import io.croft.ingest.extract.Extractor;
import io.croft.ingest.extract.ImageSamples;
import io.croft.ingest.extract.OfficeSamples;
import io.croft.ingest.extract.PdfSamples;
import io.croft.ingest.extract.Sample;
import io.croft.ingest.extract.TextSamples;
import io.croft.intake.FolderBlobs;
import io.croft.intake.IngestCounts;
import io.croft.intake.IngestReceipt;
import io.croft.intake.IngestStatus;
import io.croft.intake.IngestStatus.State;
import io.croft.intake.Upload;
import io.croft.job.JobFilter;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.job.JobSummary;
import io.croft.job.JobWatch;
import io.croft.search.Hit;
import io.croft.search.SearchMode;
import io.croft.search.SearchQuery;
import io.croft.search.Source;
import io.croft.spi.Processors;
import io.croft.spi.contract.Await;
import io.croft.spi.memory.InMemoryChunkIndex;
import io.croft.spi.memory.InMemoryStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From an input to what is found, through the queue. */
class IngestionTest {

    private static final Duration LONG = Duration.ofMinutes(3);

    @TempDir
    private Path folder;
    @TempDir
    private Path scratch;

    private final InMemoryStore store = new InMemoryStore();
    private final List<String> embedded = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch mayEmbed = new CountDownLatch(1);
    private final TenantContext acme = TenantContext.of(OrgId.named("acme"), Actor.service("test"));
    private Croft croft;

    @BeforeEach
    void start() {
        croft = start(new WordEmbedder(40) {
            @Override
            public List<float[]> embed(List<String> texts) {
                embedded.addAll(texts);
                return texts.stream().map(WordEmbedder::vector).toList();
            }
        });
        croft.orgs().create(acme);
    }

    private Croft start(WordEmbedder embedder) {
        return Croft.builder().store(store).index(new InMemoryChunkIndex()).embedder(embedder)
                .handlers(Ingest.builder().extractor(Extractor.builder().scratch(scratch)).build())
                .blobs(FolderBlobs.at(folder)).start();
    }

    @AfterEach
    void stop() throws IOException {
        mayEmbed.countDown();
        croft.close();
        try (Stream<Path> left = Files.list(scratch)) {
            assertThat(left).as("left behind by those that read files").isEmpty();
        }
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    private IngestReceipt upload(String id, String name, String text) throws IOException {
        return croft.ingest().upload(acme, Upload.document(id, name), stream(text));
    }

    private IngestStatus end(IngestReceipt receipt) throws InterruptedException {
        return croft.ingest().await(acme, receipt, LONG);
    }

    private List<String> found(String query, IngestReceipt after) {
        return croft.search()
                .search(acme, SearchQuery.of(query).mode(SearchMode.TEXT).after(after.write()).timeout(LONG))
                .hits().stream()
                .map(Hit::id).toList();
    }

    @Test
    void upload_isFoundWithTitleAndFields() throws Exception {
        IngestReceipt receipt = croft.ingest().upload(acme,
                Upload.document("care", "care.md").withTitle("Tack care").withType("text/markdown; charset=utf-8"),
                stream("\uFEFFSaddles are oiled."));

        assertThat(found("saddles", receipt)).containsExactly("care");
        assertThat(croft.documents().find(acme, "care")).contains(
                Document.text("care", "Saddles are oiled.").withTitle("Tack care"));
        assertThat(end(receipt)).extracting(IngestStatus::state, IngestStatus::revision)
                .containsExactly(State.INDEXED, 1L);
        assertThat(croft.ingest().counts(acme, Source.PRIVATE)).isEqualTo(new IngestCounts(0, 0, 0, 1, 0));
    }

    @Test
    void everyInput_becomesWhatItIs() throws Exception {
        IngestReceipt pasted = croft.ingest().paste(acme, "pasted", "Bridles are cleaned.");
        IngestReceipt listed = croft.ingest().listing(acme, Listing.of("listed", "Bay gelding for sale."));
        IngestReceipt file =
                croft.ingest().upload(acme, Upload.listing("file", "file.txt"), stream("Grey mare for sale."));

        assertThat(found("bridles", pasted)).containsExactly("pasted");
        assertThat(found("gelding", listed)).containsExactly("listed");
        assertThat(found("mare", file)).containsExactly("file");
        assertThat(croft.ingest().status(acme, Source.MARKETPLACE, "file").orElseThrow().state())
                .isEqualTo(State.INDEXED);
    }

    @Test
    void theSameOnceMore_costsNothing() throws Exception {
        IngestReceipt first = upload("care", "care.txt", "Saddles are oiled.");
        end(first);
        IngestReceipt pasted = croft.ingest().paste(acme, "pasted", "Bridles are cleaned.");
        end(pasted);
        int before = embedded.size();

        IngestReceipt again = upload("care", "care.txt", "Saddles are oiled.");
        IngestReceipt pastedAgain = croft.ingest().paste(acme, "pasted", "Bridles are cleaned.");

        assertThat(again.unchanged()).isTrue();
        assertThat(again.write().revision()).isEqualTo(first.write().revision());
        assertThat(pastedAgain.unchanged()).isTrue();
        assertThat(end(again).state()).isEqualTo(State.INDEXED);
        assertThat(found("saddles", again)).containsExactly("care");
        assertThat(embedded.size()).isEqualTo(before);
        assertThat(upload("care", "care.txt", "Saddles are polished.").unchanged()).isFalse();
        assertThat(croft.ingest().paste(acme, "pasted", "Bridles.").unchanged()).isFalse();
    }

    @Test
    void aKey_isDoneOnce() throws Exception {
        Upload upload = Upload.document("care", "care.txt").withKey("once");
        IngestReceipt first = croft.ingest().upload(acme, upload, stream("Saddles are oiled."));

        IngestReceipt again = croft.ingest().upload(acme, upload, stream("Something else."));

        assertThat(again.unchanged()).isTrue();
        assertThat(again.write().revision()).isEqualTo(first.write().revision());
        assertThat(found("saddles", again)).containsExactly("care");
        assertThatThrownBy(() -> croft.ingest().upload(acme, Upload.document("other", "o.txt").withKey("once"),
                stream("Text."))).isInstanceOf(InvalidInputException.class);
        JobKind mail = JobKind.of("mail", "mail");
        assertThat(croft.jobs().enqueue(acme, JobRequest.of(mail, "{}").withKey("once")).duplicate())
                .as("a job's key is another one").isFalse();
        croft.jobs().enqueue(acme, JobRequest.of(mail, "{}").withKey("mine"));
        assertThat(croft.ingest().upload(acme, Upload.document("mine", "m.txt").withKey("mine"), stream("Text."))
                .unchanged()).isFalse();
    }

    @Test
    void whatCannotBeRead_failsWithReasonAndRemedyAndLeavesTheOldText() throws Exception {
        end(upload("care", "care.txt", "Saddles are oiled."));

        IngestStatus type = end(upload("care", "care.exe", "MZ\0\1\0\3\0"));
        IngestStatus blank = end(upload("blank", "blank.txt", " \n"));
        IngestStatus damaged = end(upload("damaged", "damaged.pdf", "%PDF-1.7 and no more"));
        IngestStatus large = end(upload("large", "large.txt", "a".repeat((1 << 20) + 1)));

        assertThat(List.of(type, blank, damaged, large)).allSatisfy(status -> {
            assertThat(status.state()).as(status.id()).isEqualTo(State.FAILED);
            assertThat(status.failure().orElseThrow().reason()).isNotBlank();
            assertThat(status.failure().orElseThrow().remedy()).isNotBlank();
        });
        assertThat(blank.failure().orElseThrow().reason()).contains("no text");
        assertThat(large.failure().orElseThrow().reason()).contains("the most is 1048576");
        assertThat(croft.search().search(acme, SearchQuery.of("saddles").mode(SearchMode.TEXT)).hits()).hasSize(1);
        assertThat(croft.ingest().counts(acme, Source.PRIVATE)).isEqualTo(new IngestCounts(0, 0, 0, 0, 4));
        assertThat(croft.jobs().admin().list(acme, JobFilter.ALL.withStates(JobState.DEAD), Optional.empty(), 10)
                .jobs()).isEmpty();
    }

    @Test
    void everyFile_isFoundByWhatItSays() throws Exception {
        List<Sample> samples = new ArrayList<>(PdfSamples.all());
        samples.addAll(OfficeSamples.all());
        samples.addAll(TextSamples.all());
        Map<String, IngestReceipt> receipts = new LinkedHashMap<>();
        for (Sample sample : samples) {
            receipts.put(sample.name(), croft.ingest().upload(acme, Upload.document(sample.name(), sample.name()),
                    new ByteArrayInputStream(sample.content())));
        }

        for (Sample sample : samples) {
            IngestReceipt receipt = Objects.requireNonNull(receipts.get(sample.name()));
            assertThat(end(receipt).state()).as(sample.name()).isEqualTo(State.INDEXED);
            String text = croft.documents().find(acme, sample.name()).orElseThrow().text();
            assertThat(text).as(sample.name()).contains(sample.phrases());
            for (String phrase : sample.phrases()) {
                assertThat(found(phrase, receipt)).as(phrase).contains(sample.name());
            }
        }
    }

    @Test
    void titles_areTheFilesOwnWhereNoneIsGiven() throws Exception {
        String page = "<html><head><title>Tack\n care</title></head><body><p>Saddles are oiled.</p></body></html>";

        end(upload("own", "page.html", page));
        end(croft.ingest().upload(acme, Upload.document("given", "page.html").withTitle("Another"), stream(page)));

        assertThat(croft.documents().find(acme, "own").orElseThrow().title()).isEqualTo("Tack care");
        assertThat(croft.documents().find(acme, "given").orElseThrow().title()).isEqualTo("Another");
    }

    @Test
    void textInImages_isRecognisedByAJobOfItsOwn() throws Exception {
        assumeTrue(recognisesText(), "Tesseract with its language eng is not installed");
        byte[] scan = PdfSamples.scan(List.of(ImageSamples.picture("hooves"), ImageSamples.picture("manes")));

        IngestReceipt receipt = croft.ingest().upload(acme, Upload.document("scan", "scan.pdf"),
                new ByteArrayInputStream(scan));

        assertThat(end(receipt)).extracting(IngestStatus::state, IngestStatus::note)
                .containsExactly(State.INDEXED, Optional.empty());
        assertThat(found("hooves", receipt)).containsExactly("scan");
        assertThat(croft.jobs().admin().list(acme, JobFilter.ALL.withKind(Processors.OCR.name()), Optional.empty(), 10)
                .jobs()).hasSize(1);
    }

    private boolean recognisesText() {
        try (Extractor extractor = Extractor.builder().scratch(scratch).open()) {
            return extractor.canRecogniseText();
        }
    }

    @Test
    void textInImages_isSaidToBeMissingWhereItCannotBeRecognised() throws Exception {
        croft.close();
        croft = Croft.builder().store(store).index(new InMemoryChunkIndex()).embedder(new WordEmbedder(40))
                .handlers(Ingest.builder().extractor(Extractor.builder().scratch(scratch)
                        .tesseract(folder.resolve("no-tesseract"))).build())
                .start();

        IngestStatus scan = end(croft.ingest().upload(acme, Upload.document("scan", "scan.png"),
                new ByteArrayInputStream(ImageSamples.bytes(ImageSamples.picture("hooves"), "png"))));

        assertThat(scan.state()).isEqualTo(State.FAILED);
        assertThat(scan.failure().orElseThrow().remedy()).contains("tesseract");
    }

    @Test
    void aStreamThatFails_leavesNothing() {
        assertThatThrownBy(() -> croft.ingest().upload(acme, Upload.document("care", "care.txt"), new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("the client went away");
            }

            @Override
            public int read(byte[] into, int from, int length) throws IOException {
                return read();
            }
        })).isInstanceOf(IOException.class).hasMessage("the client went away");

        assertThat(croft.ingest().status(acme, Source.PRIVATE, "care")).isEmpty();
    }

    private void limit(TenantContext context, Resource resource) {
        croft.orgs().setQuotas(TenantContext.of(context.org(), Actor.superAdmin("ops")),
                OrgQuotas.UNLIMITED.with(resource, 0));
    }

    private List<JobSummary> sweeps(TenantContext context) {
        return croft.jobs().admin().list(context, JobFilter.ALL.withKind(Processors.SWEEP.name()), Optional.empty(), 10)
                .jobs();
    }

    @Test
    void aFileThatIsRefused_isLeftToTheDailyJobOrNotStored() throws IOException {
        TenantContext zoo = TenantContext.of(OrgId.named("zoo"), Actor.service("test"));
        croft.orgs().create(zoo);
        limit(acme, Resource.DOCUMENTS);
        limit(zoo, Resource.QUEUED_JOBS);

        for (TenantContext context : List.of(acme, zoo)) {
            assertThatThrownBy(() -> croft.ingest().upload(context, Upload.document("care", "care.txt"),
                    stream("Saddles are oiled."))).isInstanceOf(QuotaExceededException.class);
        }

        assertThat(sweeps(acme)).hasSize(1);
        assertThat(sweeps(zoo)).isEmpty();
        assertThat(files()).as("of the first, which may have jobs").hasSize(1);
    }

    @Test
    void watch_tellsEachStepUpToTheEnd() throws Exception {
        CountDownLatch embedding = new CountDownLatch(1);
        croft.close();
        croft = start(new WordEmbedder(40) {
            @Override
            public List<float[]> embed(List<String> texts) {
                embedding.countDown();
                try {
                    mayEmbed.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return texts.stream().map(WordEmbedder::vector).toList();
            }
        });
        List<State> states = Collections.synchronizedList(new ArrayList<>());
        IngestReceipt receipt = upload("care", "care.txt", "Saddles are oiled.");
        JobWatch watch = croft.ingest().watch(acme, Source.PRIVATE, "care", status -> states.add(status.state()));

        embedding.await();
        Await.until("it is told that it is embedded", () -> states.contains(State.EMBEDDING));
        assertThat(end(receipt, Duration.ZERO).state()).isEqualTo(State.EMBEDDING);
        mayEmbed.countDown();
        assertThat(end(receipt).state()).isEqualTo(State.INDEXED);
        Await.until("its end is told", () -> states.contains(State.INDEXED));

        assertThat(states).doesNotHaveDuplicates().endsWith(State.EMBEDDING, State.INDEXED);
        watch.close();
        assertThatThrownBy(() -> croft.ingest().watch(acme, Source.PRIVATE, "never", status -> {
        })).isInstanceOf(InvalidInputException.class).hasMessageContaining("never");
    }

    private IngestStatus end(IngestReceipt receipt, Duration timeout) throws InterruptedException {
        return croft.ingest().await(acme, receipt, timeout);
    }

    @Test
    void files_goWithWhatWasMadeOfThem() throws Exception {
        end(upload("care", "care.txt", "Saddles are oiled."));
        end(upload("care", "care.txt", "Saddles are polished."));
        assertThat(files()).hasSize(2);
        assertThat(sweeps(acme)).as("one a day, whatever the uploads").hasSize(1);

        croft.orgs().erase(acme);

        assertThat(files()).isEmpty();
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(file -> file.getFileName().toString().length() == 64).toList();
        }
    }
}
