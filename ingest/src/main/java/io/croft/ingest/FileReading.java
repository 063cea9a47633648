package io.croft.ingest;

import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.content.Document;
import io.croft.ingest.extract.Extraction;
import io.croft.ingest.extract.ExtractionRequest;
import io.croft.ingest.extract.Extractor;
import io.croft.ingest.extract.Ocr;
import io.croft.ingest.extract.Outcome;
import io.croft.intake.IngestStatus.Failure;
import io.croft.job.JobContext;
import io.croft.spi.BoundedText;
import io.croft.spi.Content;
import io.croft.spi.InputStore.Pending;
import io.croft.spi.JobLease;
import io.croft.spi.Processors;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Reads files in processes of their own, and stores what came of it: a text that goes on to be embedded, or why there
 * is none. Thread-safe.
 */
final class FileReading {

    private static final int MAX_TITLE_CHARS = 1024;
    private static final int MOST_NAMED_PAGES = 20;

    private final Processors.Parts parts;
    private final OpenedOnce<Extractor> extractor;

    FileReading(Processors.Parts parts, OpenedOnce<Extractor> extractor) {
        this.parts = parts;
        this.extractor = extractor;
    }

    /** What a job has to do; empty if its revision was superseded or deleted since. */
    Optional<Pending> pending(JobContext job) {
        return parts.inputs().pending(job.tenant().org(), job.payload());
    }

    boolean canRecogniseText() {
        return extractor.get().canRecogniseText();
    }

    /**
     * Reads a file.
     *
     * @throws UnreadableException if the file is not there
     * @throws CroftException      if its reader died for the first time, or no process can be started
     */
    Extraction extract(JobContext job, Pending pending, Ocr ocr)
            throws IOException, InterruptedException, UnreadableException {
        ExtractionRequest request = new ExtractionRequest(pending.file().name(), pending.file().type().orElse(""), ocr);
        Extraction extraction;
        try (InputStream bytes = bytes(job, pending)) {
            extraction = extractor.get().extract(bytes, request);
        }
        if (extraction.outcome().status() == Outcome.Status.CRASHED && job.attempt() == 1) {
            // It may have been the machine's doing, which was short of memory.
            throw new CroftException("a file was not read, and is tried once more: " + extraction.outcome().reason());
        }
        return extraction;
    }

    private InputStream bytes(JobContext job, Pending pending) throws UnreadableException {
        return parts.orgs().find(job.tenant().org())
                .flatMap(org -> parts.blobs().open(org, pending.file().blob().key()))
                .orElseThrow(() -> new UnreadableException(new Failure("the file is not where files are kept",
                        "give the file again; if that happens often, check that all processes keep files in the same "
                                + "place")));
    }

    /**
     * Stores what came of it, and completes the job.
     *
     * @return whether the revision was still the newest
     */
    boolean store(JobContext job, Pending pending, Extraction extraction) {
        return store(job, pending, extraction, note(extraction));
    }

    /**
     * The same of what was read without its images.
     *
     * @param ofImages how reading these ended
     */
    boolean storeWithoutImages(JobContext job, Pending pending, Extraction extraction, Outcome ofImages) {
        return store(job, pending, extraction, Optional.of("The text of page " + named(extraction.pagesWithoutText())
                + ", if there is any, is in images, and was not recognised: " + ofImages.reason()));
    }

    private boolean store(JobContext job, Pending pending, Extraction extraction, Optional<String> note) {
        try {
            Content content = content(pending, extraction);
            return parts.inputs().read(lease(job), pending, content, note, Processors.EMBED);
        } catch (UnreadableException e) {
            return fail(job, pending, e.failure());
        }
    }

    /** Says why there is no text, and completes the job. */
    boolean fail(JobContext job, Pending pending, Failure failure) {
        return parts.inputs().fail(lease(job), pending, failure);
    }

    /** Leaves the file to the job that recognises text in images, and completes this one. */
    boolean recognise(JobContext job, Pending pending) {
        return parts.inputs().recognise(lease(job), pending, Processors.OCR);
    }

    private static JobLease lease(JobContext job) {
        return new JobLease(job.tenant().org(), job.id(), job.fence());
    }

    private Content content(Pending pending, Extraction extraction) throws UnreadableException {
        Outcome outcome = extraction.outcome();
        if (outcome.status() != Outcome.Status.EXTRACTED) {
            throw new UnreadableException(new Failure(outcome.reason(), outcome.remedy()));
        }
        Content given = pending.content();
        String title = given.title().isBlank() ? title(extraction.title()) : given.title();
        Content content = new Content(given.id(), title, extraction.text(), given.fields(), given.groups());
        try {
            new Document(content.id(), content.title(), content.text(), content.fields());
            parts.check().accept(content);
        } catch (InvalidInputException e) {
            throw new UnreadableException(new Failure(String.valueOf(e.getMessage()), "give another file"));
        }
        return content;
    }

    /** The file's own title, as long as a title may be, without what cannot be stored. */
    static String title(String own) {
        return BoundedText.chars(own.replaceAll("\\s+", " ").strip(), MAX_TITLE_CHARS);
    }

    private Optional<String> note(Extraction extraction) {
        List<Integer> pages = extraction.pagesWithoutText();
        if (pages.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(canRecogniseText()
                ? "No text was recognised in the images of page " + named(pages) + "."
                : "The text of page " + named(pages)
                        + ", if there is any, is in images, and no Tesseract is installed.");
    }

    private static String named(List<Integer> pages) {
        return pages.stream().limit(MOST_NAMED_PAGES).map(String::valueOf).collect(Collectors.joining(", "))
                + (pages.size() > MOST_NAMED_PAGES ? ", …" : "");
    }
}
