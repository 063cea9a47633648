package io.croft.ingest;

import io.croft.InvalidInputException;
import io.croft.NotPermittedException;
import io.croft.Org;
import io.croft.ingest.crawl.CrawledPage;
import io.croft.ingest.crawl.PageSink;
import io.croft.intake.Crawl;
import io.croft.intake.Upload;
import io.croft.job.JobContext;
import io.croft.spi.FileIntake;
import io.croft.spi.InputStore;
import io.croft.spi.Processors;
import io.croft.spi.Sight;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes a crawl's pages in as files: one that is as it was costs nothing. Used by one thread. */
final class CrawledFiles implements PageSink {

    private static final Logger LOG = LoggerFactory.getLogger(CrawledFiles.class);
    private static final String UNNAMED = "page";
    /** Who asked for the crawl may see no more: what is for some groups alone is not replaced by what is for all. */
    static final Sight EVERYBODY = Sight.of(Set.of());

    private final FileIntake files;
    private final InputStore inputs;
    private final Org org;
    private final Crawl crawl;
    private final JobContext job;
    private int pages;

    CrawledFiles(Processors.Parts parts, Org org, Crawl crawl, JobContext job) {
        this.files = parts.files();
        this.inputs = parts.inputs();
        this.org = org;
        this.crawl = crawl;
        this.job = job;
    }

    @Override
    public void keep(CrawledPage page) {
        try {
            Upload upload = new Upload(crawl.source(), page.id(), name(page.url()), Optional.of(page.type()),
                    FileReading.title(page.title()), crawl.fields(), Set.of(), Optional.empty());
            files.accept(org, EVERYBODY, upload, new ByteArrayInputStream(page.content()));
        } catch (InvalidInputException e) {
            // Its message may name the page by its whole URL.
            LOG.info("a page of a crawl of organisation {} is left out: {} of {} bytes cannot be stored", org.id(),
                    path(page.url()), page.content().length);
        } catch (NotPermittedException e) {
            LOG.info("a page of a crawl of organisation {} is left out: there is a document for some groups alone with"
                    + " its id", org.id());
        } catch (IOException e) {
            throw new UncheckedIOException("a page was not read from memory", e);
        }
        pages++;
        job.progress(Math.min(1, (double) pages / crawl.maxPages()), "pages: " + pages);
    }

    @Override
    public void remove(String id) {
        files.delete(org, EVERYBODY, crawl.source(), id);
    }

    @Override
    public boolean holds(String id) {
        return inputs.progress(org.id(), crawl.source(), id, EVERYBODY).filter(known -> switch (known.step()) {
            case EXTRACT, OCR, EMBED, INDEXED -> true;
            case FAILED, DELETED -> false;
        }).isPresent();
    }

    /** Without its query, which may hold secrets. */
    private static String path(String url) {
        return url.split("[?#]", 2)[0];
    }

    /** The last part of its path, whose ending helps to tell what is in it. */
    private static String name(String url) {
        String path = path(url);
        String last = path.substring(path.lastIndexOf('/') + 1);
        String end = last.substring(Math.max(0, last.length() - Upload.MAX_NAME_CHARS));
        return end.isBlank() ? UNNAMED : end;
    }
}
