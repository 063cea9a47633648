package io.croft.engine.content;

import io.croft.InvalidInputException;
import io.croft.Org;
import io.croft.TenantContext;
import io.croft.content.Document;
import io.croft.content.Listing;
import io.croft.content.WriteReceipt;
import io.croft.guard.Operation;
import io.croft.guard.Permission;
import io.croft.guard.TenantGuard;
import io.croft.input.Ids;
import io.croft.intake.Crawl;
import io.croft.intake.CrawlReceipt;
import io.croft.intake.CrawlStatus;
import io.croft.intake.Imported;
import io.croft.intake.IngestCounts;
import io.croft.intake.IngestReceipt;
import io.croft.intake.IngestStatus;
import io.croft.intake.IngestStatus.State;
import io.croft.intake.Ingestion;
import io.croft.intake.Upload;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.job.JobStatus;
import io.croft.job.JobWatch;
import io.croft.search.Source;
import io.croft.spi.Content;
import io.croft.spi.CrawlStore;
import io.croft.spi.InputStore;
import io.croft.spi.InputStore.Accepted;
import io.croft.spi.InputStore.Progress;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.Watched;
import io.croft.spi.Processors;
import io.croft.spi.Sight;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** {@link Ingestion} in the store. */
public final class StoredIngestion implements Ingestion {

    private final TenantGuard guard;
    private final Stores stores;
    private final InputIntake intake;
    private final ContentCheck check;
    private final IngestWatch.JobWatcher watcher;

    /**
     * What it asks.
     *
     * @param inputs how far inputs are
     * @param crawls what is crawled
     * @param jobs   how far their jobs are
     */
    public record Stores(InputStore inputs, CrawlStore crawls, JobStore jobs) {
    }

    /**
     * Takes inputs into the store.
     *
     * @param intake  stores them
     * @param check   refuses what cannot be stored
     * @param watcher watches their jobs
     */
    public StoredIngestion(TenantGuard guard, Stores stores, InputIntake intake, ContentCheck check,
            IngestWatch.JobWatcher watcher) {
        this.guard = guard;
        this.stores = stores;
        this.intake = intake;
        this.check = check;
        this.watcher = watcher;
    }

    @Override
    public IngestReceipt document(TenantContext context, Document document) {
        return text(context, Operation.INGEST_DOCUMENT, Source.PRIVATE,
                new Content(document.id(), document.title(), document.text(), document.fields(), document.groups()));
    }

    @Override
    public IngestReceipt listing(TenantContext context, Listing listing) {
        return text(context, Operation.INGEST_LISTING, Source.MARKETPLACE,
                new Content(listing.id(), listing.title(), listing.text(), listing.fields()));
    }

    private IngestReceipt text(TenantContext context, Operation operation, Source source, Content content) {
        check.check(content);
        return guard.call(context, operation,
                org -> receipt(org, source, content.id(),
                        intake.accept(org, Sight.of(context.actor()), source, content)));
    }

    @Override
    public IngestReceipt upload(TenantContext context, Upload upload, InputStream content) throws IOException {
        Objects.requireNonNull(content, "content");
        try {
            return guard.call(context, Operation.INGEST_UPLOAD, org -> {
                mayWrite(context, Operation.INGEST_UPLOAD, upload.source());
                return receipt(org, upload.source(), upload.id(),
                        accept(org, Sight.of(context.actor()), upload, content));
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private Accepted accept(Org org, Sight sight, Upload upload, InputStream content) {
        try {
            return intake.accept(org, sight, upload, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What is meant for the marketplace needs to be allowed that as well. */
    private void mayWrite(TenantContext context, Operation operation, Source source) {
        if (source == Source.MARKETPLACE) {
            guard.also(context, operation, Permission.PUBLISH);
        }
    }

    private static IngestReceipt receipt(Org org, Source source, String id, Accepted accepted) {
        return new IngestReceipt(new WriteReceipt(org.id(), org.incarnation(), source, id, accepted.revision(), false,
                accepted.job()), accepted.unchanged());
    }

    @Override
    public CrawlReceipt crawl(TenantContext context, Crawl crawl) {
        check.check(new Content(crawl.name(), "", "", crawl.fields()));
        return guard.call(context, Operation.INGEST_CRAWL, org -> {
            mayWrite(context, Operation.INGEST_CRAWL, crawl.source());
            CrawlStore.Requested requested = stores.crawls().request(org.id(), crawl, Processors.CRAWL);
            intake.wake(Processors.CRAWL);
            return new CrawlReceipt(crawl.name(), requested.job(), requested.running());
        });
    }

    @Override
    public boolean removeCrawl(TenantContext context, String name) {
        Ids.check("crawl", name);
        return guard.call(context, Operation.INGEST_REMOVE_CRAWL, org -> {
            Optional<JobId> job = stores.crawls().remove(org.id(), name);
            job.ifPresent(id -> stores.jobs().cancel(org.id(), List.of(id), "its crawl was removed"));
            return job.isPresent();
        });
    }

    @Override
    public Optional<CrawlStatus> crawlStatus(TenantContext context, String name) {
        Ids.check("crawl", name);
        return guard.call(context, Operation.INGEST_CRAWL_STATUS, org -> stores.crawls()
                .progress(org.id(), name).flatMap(one -> statuses(org, List.of(one)).stream().findFirst()));
    }

    @Override
    public List<CrawlStatus> crawls(TenantContext context, Optional<String> after, int limit) {
        if (limit < 1 || limit > MAX_PAGE) {
            throw new InvalidInputException("a page of " + limit + " crawls: give 1 to " + MAX_PAGE);
        }
        after.ifPresent(name -> Ids.check("crawl", name));
        return guard.call(context, Operation.INGEST_CRAWLS,
                org -> statuses(org, stores.crawls().list(org.id(), after, limit)));
    }

    private List<CrawlStatus> statuses(Org org, List<CrawlStore.Progress> crawls) {
        if (crawls.isEmpty()) {
            return List.of();
        }
        List<Optional<JobStatus>> jobs = stores.jobs()
                .statuses(crawls.stream().map(one -> new Watched(org.id(), one.job())).toList());
        List<CrawlStatus> statuses = new ArrayList<>();
        for (int i = 0; i < crawls.size(); i++) {
            CrawlStore.Progress one = crawls.get(i);
            CrawlStatus.State state = switch (one.step()) {
                case LIVE -> jobs.get(i).filter(job -> job.state() == JobState.RUNNING).isPresent()
                        ? CrawlStatus.State.CRAWLING
                        : CrawlStatus.State.QUEUED;
                case DONE -> CrawlStatus.State.DONE;
                case FAILED -> CrawlStatus.State.FAILED;
            };
            statuses.add(new CrawlStatus(one.crawl(), one.round(), state, one.waiting(), one.kept(), one.failed(),
                    one.job(), one.failure(), one.putOff().filter(why -> state == CrawlStatus.State.QUEUED)));
        }
        return statuses;
    }

    @Override
    public Optional<IngestStatus> status(TenantContext context, Source source, String id) {
        checkId(source, id);
        return guard.call(context, Operation.INGEST_STATUS, org -> status(org, Sight.of(context.actor()), source, id));
    }

    private static void checkId(Source source, String id) {
        Ids.check(switch (source) {
            case PRIVATE -> "document";
            case MARKETPLACE -> "listing";
        }, id);
    }

    private Optional<IngestStatus> status(Org org, Sight sight, Source source, String id) {
        return stores.inputs().progress(org.id(), source, id, sight)
                .map(progress -> status(source, id, state(org, progress), progress));
    }

    private static IngestStatus status(Source source, String id, State state, Progress progress) {
        return new IngestStatus(source, id, progress.revision(), state, progress.job(), progress.failure(),
                progress.note(), progress.putOff().filter(why -> state == State.QUEUED));
    }

    private State state(Org org, Progress progress) {
        return switch (progress.step()) {
            case INDEXED -> State.INDEXED;
            case FAILED -> State.FAILED;
            case DELETED -> State.DELETED;
            case EXTRACT -> running(org, progress).isPresent() ? State.EXTRACTING : State.QUEUED;
            case OCR -> running(org, progress).isPresent() ? State.OCR : State.QUEUED;
            case EMBED -> running(org, progress).map(StoredIngestion::embedding).orElse(State.QUEUED);
        };
    }

    private static State embedding(JobStatus job) {
        return job.progress().filter(said -> said.fraction() > 0).isPresent() ? State.EMBEDDING : State.CHUNKING;
    }

    private Optional<JobStatus> running(Org org, Progress progress) {
        return progress.job().flatMap(id -> stores.jobs().statuses(List.of(new Watched(org.id(), id))).getFirst())
                .filter(job -> job.state() == JobState.RUNNING);
    }

    @Override
    public IngestCounts counts(TenantContext context, Source source) {
        Objects.requireNonNull(source, "source");
        return guard.call(context, Operation.INGEST_COUNTS, org -> stores.inputs().counts(org.id(), source));
    }

    @Override
    public IngestReceipt imported(TenantContext context, Imported item) {
        Content content = new Content(item.id(), item.title(), item.text(), item.fields(), item.groups());
        check.check(content);
        return guard.call(context, Operation.INGEST_IMPORT, org -> {
            mayWrite(context, Operation.INGEST_IMPORT, item.source());
            Sight sight = Sight.of(context.actor());
            Accepted accepted = item.vector().isPresent()
                    ? intake.load(org, sight, item.source(), content, item.vector().get())
                    : intake.accept(org, sight, item.source(), content);
            return receipt(org, item.source(), item.id(), accepted);
        });
    }

    @Override
    public JobId reembed(TenantContext context, Source source) {
        Objects.requireNonNull(source, "source");
        return guard.call(context, Operation.INGEST_REEMBED, org -> {
            mayWrite(context, Operation.INGEST_REEMBED, source);
            JobRequest request = JobRequest.of(Processors.REEMBED, "{\"source\":\"" + source.name() + "\"}")
                    .withKey(JobKey.of(JobKey.OWN_PREFIX + "reembed." + source.name()).whileLive());
            JobId job = KeptJobs.enqueue(stores.jobs(), org.id(), request);
            intake.wake(Processors.REEMBED);
            return job;
        });
    }

    @Override
    public long outdated(TenantContext context, Source source) {
        Objects.requireNonNull(source, "source");
        return guard.call(context, Operation.INGEST_OUTDATED,
                org -> stores.inputs().outdated(org.id(), source, intake.modelId()));
    }

    @Override
    public JobWatch watch(TenantContext context, Source source, String id, Consumer<IngestStatus> listener) {
        checkId(source, id);
        Objects.requireNonNull(listener, "listener");
        return guard.call(context, Operation.INGEST_WATCH, org -> {
            Sight sight = Sight.of(context.actor());
            IngestStatus first = status(org, sight, source, id).orElseThrow(() -> new InvalidInputException(
                    "there never was a document or listing \"" + id + "\" to be watched: give it first"));
            return watch(context, Operation.INGEST_WATCH, first, listener, () -> {
            });
        });
    }

    private IngestWatch watch(TenantContext context, Operation operation, IngestStatus first,
            Consumer<IngestStatus> listener, Runnable closed) {
        IngestWatch watch = new IngestWatch(watcher, context.org(),
                () -> status(guard.also(context, operation, Permission.READ), Sight.of(context.actor()), first.source(),
                        first.id()),
                listener, closed);
        watch.begin(first);
        return watch;
    }

    /** The call is over when the wait begins, so that nothing counts it as one that goes on. */
    @Override
    public IngestStatus await(TenantContext context, IngestReceipt receipt, Duration timeout)
            throws InterruptedException {
        if (timeout.compareTo(MAX_AWAIT) > 0) {
            throw new InvalidInputException("a wait of " + timeout + " for an input is longer than " + MAX_AWAIT
                    + ": watch it, or wait again");
        }
        WriteReceipt write = receipt.write();
        CompletableFuture<IngestStatus> end = new CompletableFuture<>();
        IngestWatch watch = guard.call(context, Operation.INGEST_AWAIT, org -> watch(context, Operation.INGEST_AWAIT,
                now(org, context, write), status -> {
                    if (status.state().hasEnded() || status.revision() > write.revision()) {
                        end.complete(status);
                    }
                }, () -> end.completeExceptionally(
                        new IllegalStateException("this Croft was closed while an input was awaited"))));
        try {
            return end.get(Math.max(0, timeout.toNanos()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return now(guard.also(context, Operation.INGEST_AWAIT, Permission.READ), context, write);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } finally {
            watch.close();
        }
    }

    private IngestStatus now(Org org, TenantContext context, WriteReceipt write) {
        Sight sight = Sight.of(context.actor());
        return status(org, sight, write.source(), write.id()).orElseThrow(() -> new InvalidInputException(
                "the receipt of \"" + write.id() + "\" is of an organisation that was erased since, or another's"));
    }
}
