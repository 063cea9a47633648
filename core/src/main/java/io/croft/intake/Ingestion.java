package io.croft.intake;

import io.croft.TenantContext;
import io.croft.content.Document;
import io.croft.content.Listing;
import io.croft.job.JobId;
import io.croft.job.JobWatch;
import io.croft.search.Source;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Takes in whatever is to become searchable: each call stores its input and a job, and returns. What follows runs in
 * the queue, as a chain of jobs, each of which ends in the transaction that enqueues the next: a file is read, in a
 * process of its own, the text in its images recognised, its text cut, embedded and written. Thread-safe.
 *
 * <p>An input is a new revision of its document or listing, also of one that was stored by other means; whatever older
 * one is still under way is given up. Until the new one has become searchable, or if it never does, what was searchable
 * before stays so. An input that says what the newest revision says already, unless that failed, does nothing.
 *
 * <p>Every method throws {@link io.croft.UnknownOrgException} for an organisation that does not exist and
 * {@link io.croft.StoreUnavailableException} if the database cannot be reached.
 */
public interface Ingestion {

    /** The longest wait. */
    Duration MAX_AWAIT = Duration.ofDays(1);

    /** The most crawls of one page. */
    int MAX_PAGE = 1000;

    /** The most crawls of an organisation. */
    int MAX_CRAWLS = 1_000;

    /**
     * Takes in a text as a private document without title and fields.
     *
     * @throws io.croft.InvalidInputException as {@link #document}
     */
    default IngestReceipt paste(TenantContext context, String id, String text) {
        return document(context, Document.text(id, text));
    }

    /**
     * Takes in a private document.
     *
     * @throws io.croft.InvalidInputException if its text is over the limit, or a field is not as it was declared
     */
    IngestReceipt document(TenantContext context, Document document);

    /**
     * Takes in a listing.
     *
     * @throws io.croft.InvalidInputException if its text is over the limit, or a field is not as it was declared
     */
    IngestReceipt listing(TenantContext context, Listing listing);

    /**
     * Takes in a file: reads the stream to its end, leaves it open, and keeps what it held. Whether there is text in
     * the file is found out later; a file without any becomes {@link IngestStatus.State#FAILED}.
     *
     * @throws IOException                    what the stream throws; nothing was taken in
     * @throws io.croft.InvalidInputException if the file is over the limit, a field is not as it was declared, or the
     *                                        key was used for another document or listing
     */
    IngestReceipt upload(TenantContext context, Upload upload, InputStream content) throws IOException;

    /**
     * Crawls a site, politely and within its bounds, and takes its pages in: each that is there becomes a document or a
     * listing under its URL, or under the URL's beginning and hash where it has more than 255 bytes, and is deleted
     * when it is no longer there. If the crawl is under way, it goes on by what it is told now; if its last round
     * ended, a new one begins, which reads only what has changed; if that did not come to its end, it is gone on with.
     * With other fields, the next round reads everything; made listings in place of documents, or the other way round,
     * so does a new one, and what the crawl made before is deleted.
     *
     * @throws io.croft.InvalidInputException if a field is not as it was declared, the organisation has
     *                                        {@value #MAX_CRAWLS} other crawls, or this one is under way and was to
     *                                        make documents where it now is to make listings, or the other way round
     */
    CrawlReceipt crawl(TenantContext context, Crawl crawl);

    /**
     * Removes a crawl: cancels its job if that has not ended, and forgets what it knows of pages. What it took in
     * stays, as any documents or listings do; a crawl of the same name begins anew.
     *
     * @return whether there was one
     * @throws io.croft.InvalidInputException if the name cannot be a crawl's
     */
    boolean removeCrawl(TenantContext context, String name);

    /**
     * How far a crawl is; empty if there never was one of this name. Takes longer the more pages it has.
     *
     * @throws io.croft.InvalidInputException if the name cannot be a crawl's
     */
    Optional<CrawlStatus> crawlStatus(TenantContext context, String name);

    /**
     * A page of the organisation's crawls, in the order of their names.
     *
     * @param after the last name of the page before; empty for the first page
     * @param limit 1 to {@value #MAX_PAGE}
     * @return empty after the last page
     * @throws io.croft.InvalidInputException if the limit is outside that
     */
    List<CrawlStatus> crawls(TenantContext context, Optional<String> after, int limit);

    /**
     * How far the newest revision has come; empty if there never was one with this id.
     *
     * @throws io.croft.InvalidInputException if the id is none that could be stored
     */
    Optional<IngestStatus> status(TenantContext context, Source source, String id);

    /** How many documents or listings of the organisation are at which step. Takes longer the more there are. */
    IngestCounts counts(TenantContext context, Source source);

    /**
     * Takes in what a host has elsewhere: with a vector it is searchable at once, as one chunk, without being embedded;
     * else as {@link #document} and {@link #listing}.
     *
     * @throws io.croft.InvalidInputException if its text is over the limit, a field is not as it was declared, or its
     *                                        vector is not of the model's length
     */
    IngestReceipt imported(TenantContext context, Imported item);

    /**
     * Takes in all of these, one after the other, as {@link #imported} does; ends early if the thread is interrupted.
     * What cannot be stored, or would replace a document that is not seen, is counted and passed over. Run again after
     * it broke off, it passes over what is stored. Each item is a call: where those are limited, it waits as often and
     * as long as it is told.
     *
     * @throws io.croft.QuotaExceededException if the organisation may have no more; what was imported stays
     */
    default ImportReport importAll(TenantContext context, Iterator<Imported> items) {
        return new Importing(this, context).run(items);
    }

    /**
     * Has all documents or listings of the organisation embedded again that another model than the present one made
     * searchable, in the background: after a change of the embedder. Until its turn has come, each is found by its
     * words. {@link #outdated} says how many are left. Called again, it goes on with what is left.
     *
     * @return the job that enqueues the others
     */
    JobId reembed(TenantContext context, Source source);

    /**
     * How many documents or listings of the organisation another model than the present one made searchable. Takes
     * longer the more there are.
     */
    long outdated(TenantContext context, Source source);

    /**
     * Tells a listener how far the newest revision has come: now, and then at each change until it has ended
     * ({@link IngestStatus.State#hasEnded}) or the watch is closed. Its jobs are watched one after the other, as
     * {@link io.croft.job.JobQueue#watch} does, with its limits.
     *
     * @param listener told by one thread at a time; what it throws is logged
     * @return to be closed when nobody listens any more
     * @throws io.croft.InvalidInputException if there never was a document or listing with this id
     */
    JobWatch watch(TenantContext context, Source source, String id, Consumer<IngestStatus> listener);

    /**
     * Waits until an input has become searchable, has failed, or has a newer one after it.
     *
     * @param timeout how long at most, up to {@link #MAX_AWAIT}; nothing or less only looks
     * @return how far the newest revision has come when the wait is over; of a greater one than the receipt's, if there
     *         is one
     * @throws InterruptedException           if this thread is interrupted
     * @throws io.croft.InvalidInputException if the timeout is longer than that
     */
    IngestStatus await(TenantContext context, IngestReceipt receipt, Duration timeout) throws InterruptedException;
}
