package io.croft.ingest;

import io.croft.Org;
import io.croft.ingest.crawl.CrawledPage;
import io.croft.ingest.crawl.PageSink;
import io.croft.intake.Crawl;
import io.croft.intake.Upload;
import io.croft.job.JobContext;
import io.croft.spi.FileIntake;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/** Takes a crawl's pages in as files: one that is as it was costs nothing. Used by one thread. */
final class CrawledFiles implements PageSink {

    private static final String UNNAMED = "page";

    private final FileIntake files;
    private final Org org;
    private final Crawl crawl;
    private final JobContext job;
    private int pages;

    CrawledFiles(FileIntake files, Org org, Crawl crawl, JobContext job) {
        this.files = files;
        this.org = org;
        this.crawl = crawl;
        this.job = job;
    }

    @Override
    public void keep(CrawledPage page) {
        Upload upload = new Upload(crawl.source(), page.id(), name(page.url()), Optional.of(page.type()),
                FileReading.title(page.title()), crawl.fields(), Optional.empty());
        try {
            files.accept(org, upload, new ByteArrayInputStream(page.content()));
        } catch (IOException e) {
            throw new UncheckedIOException("a page was not read from memory", e);
        }
        pages++;
        job.progress(Math.min(1, (double) pages / crawl.maxPages()), "pages: " + pages);
    }

    @Override
    public void remove(String id) {
        files.delete(org, crawl.source(), id);
    }

    /** The last part of its path, whose ending helps to tell what is in it. */
    private static String name(String url) {
        String path = url.split("[?#]", 2)[0];
        String last = path.substring(path.lastIndexOf('/') + 1);
        String end = last.substring(Math.max(0, last.length() - Upload.MAX_NAME_CHARS));
        return end.isBlank() ? UNNAMED : end;
    }
}
