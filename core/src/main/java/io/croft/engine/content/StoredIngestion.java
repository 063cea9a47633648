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
import io.croft.intake.IngestCounts;
import io.croft.intake.IngestReceipt;
import io.croft.intake.IngestStatus;
import io.croft.intake.IngestStatus.State;
import io.croft.intake.Ingestion;
import io.croft.intake.Upload;
import io.croft.job.JobKind;
import io.croft.job.JobState;
import io.croft.job.JobStatus;
import io.croft.job.JobWatch;
import io.croft.search.Source;
import io.croft.spi.Blob;
import io.croft.spi.Content;
import io.croft.spi.InputStore;
import io.croft.spi.InputStore.Accepted;
import io.croft.spi.InputStore.Input;
import io.croft.spi.InputStore.Progress;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.Watched;
import io.croft.spi.Processors;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
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
    private final InputStore inputs;
    private final JobStore jobs;
    private final IngestWatch.JobWatcher watcher;
    private final IngestSettings settings;

    /**
     * Takes inputs into this store.
     *
     * @param watcher watches their jobs
     */
    public StoredIngestion(TenantGuard guard, InputStore inputs, JobStore jobs, IngestWatch.JobWatcher watcher,
            IngestSettings settings) {
        this.guard = guard;
        this.inputs = inputs;
        this.jobs = jobs;
        this.watcher = watcher;
        this.settings = settings;
    }

    @Override
    public IngestReceipt document(TenantContext context, Document document) {
        return text(context, Operation.INGEST_DOCUMENT, Source.PRIVATE,
                new Content(document.id(), document.title(), document.text(), document.fields()));
    }

    @Override
    public IngestReceipt listing(TenantContext context, Listing listing) {
        return text(context, Operation.INGEST_LISTING, Source.MARKETPLACE,
                new Content(listing.id(), listing.title(), listing.text(), listing.fields()));
    }

    private IngestReceipt text(TenantContext context, Operation operation, Source source, Content content) {
        settings.check().check(content);
        Input input = new Input(source, InputHash.of(settings.modelId(), content, Optional.empty()), Optional.empty(),
                content);
        return guard.call(context, operation, org -> accept(org, input, Processors.EMBED, Optional.empty()));
    }

    @Override
    public IngestReceipt upload(TenantContext context, Upload upload, InputStream content) throws IOException {
        Objects.requireNonNull(content, "content");
        Content given = new Content(upload.id(), upload.title(), "", upload.fields());
        settings.check().check(given);
        try {
            return guard.call(context, Operation.INGEST_UPLOAD, org -> {
                if (upload.source() == Source.MARKETPLACE) {
                    guard.also(context, Operation.INGEST_UPLOAD, Permission.PUBLISH);
                }
                InputStore.File file = new InputStore.File(put(org, content), upload.name(), upload.type());
                Input input = new Input(upload.source(), InputHash.of(settings.modelId(), given, Optional.of(file)),
                        Optional.of(file), given);
                return accept(org, input, Processors.EXTRACT, upload.key());
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private Blob put(Org org, InputStream content) {
        try {
            return settings.blobs().put(org, content, settings.maxFileBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private IngestReceipt accept(Org org, Input input, JobKind kind, Optional<String> key) {
        Accepted accepted = inputs.accept(org.id(), input, kind, key);
        if (!accepted.unchanged()) {
            settings.afterAccept().accept(org, kind);
        }
        return new IngestReceipt(new WriteReceipt(org.id(), org.incarnation(), input.source(), input.content().id(),
                accepted.revision(), false, accepted.job()), accepted.unchanged());
    }

    @Override
    public Optional<IngestStatus> status(TenantContext context, Source source, String id) {
        checkId(source, id);
        return guard.call(context, Operation.INGEST_STATUS, org -> status(org, source, id));
    }

    private static void checkId(Source source, String id) {
        Ids.check(switch (source) {
            case PRIVATE -> "document";
            case MARKETPLACE -> "listing";
        }, id);
    }

    private Optional<IngestStatus> status(Org org, Source source, String id) {
        return inputs.progress(org.id(), source, id).map(progress -> new IngestStatus(source, id, progress.revision(),
                state(org, progress), progress.job(), progress.failure()));
    }

    private State state(Org org, Progress progress) {
        return switch (progress.step()) {
            case INDEXED -> State.INDEXED;
            case FAILED -> State.FAILED;
            case DELETED -> State.DELETED;
            case EXTRACT -> running(org, progress).isPresent() ? State.EXTRACTING : State.QUEUED;
            case EMBED -> running(org, progress).map(StoredIngestion::embedding).orElse(State.QUEUED);
        };
    }

    private static State embedding(JobStatus job) {
        return job.progress().filter(said -> said.fraction() > 0).isPresent() ? State.EMBEDDING : State.CHUNKING;
    }

    private Optional<JobStatus> running(Org org, Progress progress) {
        return progress.job().flatMap(id -> jobs.statuses(List.of(new Watched(org.id(), id))).getFirst())
                .filter(job -> job.state() == JobState.RUNNING);
    }

    @Override
    public IngestCounts counts(TenantContext context, Source source) {
        Objects.requireNonNull(source, "source");
        return guard.call(context, Operation.INGEST_COUNTS, org -> inputs.counts(org.id(), source));
    }

    @Override
    public JobWatch watch(TenantContext context, Source source, String id, Consumer<IngestStatus> listener) {
        checkId(source, id);
        Objects.requireNonNull(listener, "listener");
        return guard.call(context, Operation.INGEST_WATCH, org -> {
            IngestStatus first = status(org, source, id).orElseThrow(() -> new InvalidInputException(
                    "there never was a document or listing \"" + id + "\" to be watched: give it first"));
            return watch(context, Operation.INGEST_WATCH, first, listener, () -> {
            });
        });
    }

    private IngestWatch watch(TenantContext context, Operation operation, IngestStatus first,
            Consumer<IngestStatus> listener, Runnable closed) {
        IngestWatch watch = new IngestWatch(watcher, context.org(),
                () -> status(guard.also(context, operation, Permission.READ), first.source(), first.id()), listener,
                closed);
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
                now(org, write), status -> {
                    if (status.state().hasEnded() || status.revision() > write.revision()) {
                        end.complete(status);
                    }
                }, () -> end.completeExceptionally(
                        new IllegalStateException("this Croft was closed while an input was awaited"))));
        try {
            return end.get(Math.max(0, timeout.toNanos()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return now(guard.also(context, Operation.INGEST_AWAIT, Permission.READ), write);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } finally {
            watch.close();
        }
    }

    private IngestStatus now(Org org, WriteReceipt write) {
        return status(org, write.source(), write.id()).orElseThrow(() -> new InvalidInputException(
                "the receipt of \"" + write.id() + "\" is of an organisation that was erased since, or another's"));
    }
}
