package io.croft.ingest;

import io.croft.Org;
import io.croft.QuotaExceededException;
import io.croft.ingest.crawl.CrawlSettings;
import io.croft.ingest.crawl.CrawlStep;
import io.croft.ingest.crawl.Crawler;
import io.croft.ingest.fetch.FetchException;
import io.croft.intake.Crawl;
import io.croft.job.JobContext;
import io.croft.job.JobHandler;
import io.croft.job.JobResult;
import io.croft.search.Source;
import io.croft.spi.Processors;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Crawls a site for some minutes, or until its round is done, and takes its pages in as files. Where it stops, whoever
 * has the job next goes on: all that it knows is in the store. Stateless.
 */
final class CrawlHandler implements JobHandler {

    private static final int LEFT_AT_ONCE = 100;
    /** A page is asked for again then. */
    private static final Duration UNTIL_THERE_IS_ROOM = Duration.ofMinutes(1);

    private final Processors.Parts parts;
    private final Supplier<Crawler> crawler;
    private final Duration slice;

    /**
     * Crawls with this crawler.
     *
     * @param slice how long, before others have their turn
     */
    CrawlHandler(Processors.Parts parts, Supplier<Crawler> crawler, Duration slice) {
        this.parts = parts;
        this.crawler = crawler;
        this.slice = slice;
    }

    @Override
    public JobResult handle(JobContext job) {
        Optional<Crawl> crawl = parts.crawls().pending(job.tenant().org(), job.payload());
        Optional<Org> org = parts.orgs().find(job.tenant().org());
        if (crawl.isEmpty() || org.isEmpty()) {
            return JobResult.cancel("there is no such crawl any more");
        }
        CrawlSettings settings;
        try {
            settings = new CrawlSettings(crawl.get().start(), crawl.get().maxDepth(), crawl.get().maxPages(),
                    crawl.get().delay());
        } catch (FetchException e) {
            return JobResult.cancel(String.valueOf(e.getMessage()));
        }
        return crawl(job, org.get(), crawl.get(), settings);
    }

    private JobResult crawl(JobContext job, Org org, Crawl crawl, CrawlSettings settings) {
        long began = System.nanoTime();
        BooleanSupplier stop = () -> job.isCancelled() || System.nanoTime() - began > slice.toNanos();
        if (!removeLeft(org, crawl, stop)) {
            return JobResult.snooze(Duration.ZERO);
        }
        try {
            return result(crawler.get().crawl(org.id(), crawl.name(), settings,
                    new CrawledFiles(parts, org, crawl, job), stop));
        } catch (QuotaExceededException e) {
            return NoRoom.putOff(e, UNTIL_THERE_IS_ROOM);
        }
    }

    private static JobResult result(CrawlStep step) {
        return switch (step) {
            case CrawlStep.Done done -> JobResult.completed();
            case CrawlStep.Stopped stopped -> JobResult.snooze(Duration.ZERO);
            case CrawlStep.Later later -> JobResult.snooze(later.after(), later.why());
            case CrawlStep.Refused refused -> JobResult.cancel(refused.why());
        };
    }

    /**
     * What it made under its other source goes before it makes anything under this one.
     *
     * @return whether it is gone
     */
    private boolean removeLeft(Org org, Crawl crawl, BooleanSupplier stop) {
        Source other = switch (crawl.source()) {
            case PRIVATE -> Source.MARKETPLACE;
            case MARKETPLACE -> Source.PRIVATE;
        };
        List<String> left = parts.crawls().left(org.id(), crawl.name(), LEFT_AT_ONCE);
        while (!left.isEmpty()) {
            if (stop.getAsBoolean()) {
                return false;
            }
            left.forEach(id -> parts.files().delete(org, CrawledFiles.EVERYBODY, other, id));
            parts.crawls().forgetLeft(org.id(), crawl.name(), left);
            left = parts.crawls().left(org.id(), crawl.name(), LEFT_AT_ONCE);
        }
        return true;
    }
}
