package io.croft;

import io.croft.analytics.SearchAnalytics;
import io.croft.audit.AuditLog;
import io.croft.content.Documents;
import io.croft.content.Embedder;
import io.croft.content.Marketplace;
import io.croft.engine.analytics.RecordedSearch;
import io.croft.engine.analytics.StoredAnalytics;
import io.croft.engine.audit.StoredAuditLog;
import io.croft.engine.content.ContentCheck;
import io.croft.engine.content.IngestSettings;
import io.croft.engine.content.InputIntake;
import io.croft.engine.content.InstallationName;
import io.croft.engine.content.IntakeSettings;
import io.croft.engine.content.StoredDocuments;
import io.croft.engine.content.StoredIngestion;
import io.croft.engine.content.StoredMarketplace;
import io.croft.engine.content.StoredOrgs;
import io.croft.engine.content.Sweeps;
import io.croft.engine.export.OrgExport;
import io.croft.engine.flags.StoredFlags;
import io.croft.engine.index.IndexFollower;
import io.croft.engine.job.JobEngine;
import io.croft.engine.limits.ExportAdmission;
import io.croft.engine.search.HybridSearch;
import io.croft.engine.search.RerankSettings;
import io.croft.flags.FeatureFlags;
import io.croft.guard.Gate;
import io.croft.guard.OrgLabels;
import io.croft.guard.TenantGuard;
import io.croft.intake.Ingestion;
import io.croft.job.BatchedHandler;
import io.croft.job.DeadLetterListener;
import io.croft.job.JobHandler;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobQueue;
import io.croft.job.JobResult;
import io.croft.job.WorkerSettings;
import io.croft.limits.CallLimits;
import io.croft.limits.LoadShedding;
import io.croft.search.Fields;
import io.croft.search.RelevanceScorer;
import io.croft.search.Reranker;
import io.croft.search.TenantScopedSearch;
import io.croft.spi.BlobStore;
import io.croft.spi.ChunkIndex;
import io.croft.spi.FileIntake;
import io.croft.spi.IndexEvent;
import io.croft.spi.IndexSchema;
import io.croft.spi.IndexScope;
import io.croft.spi.Processors;
import io.croft.spi.Store;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The one entry: everything that a host does with the library begins here. Built once, shared by all threads, closed at
 * the end.
 *
 * <pre>{@code
 * try (Croft croft = Croft.builder()
 *         .store(PgStore.open(dataSource))
 *         .index(LuceneIndex.at(Path.of("var/croft")))
 *         .embedder(LocalEmbedder.miniLm())
 *         .handlers(Ingest.handlers())
 *         .start()) {
 *     croft.orgs().create(acme);
 *     WriteReceipt receipt = croft.documents().put(acme, Document.text("handbook", "Saddles are …"));
 *     SearchResults results = croft.search().search(acme, SearchQuery.of("saddle care").after(receipt));
 * }
 * }</pre>
 *
 * <p>A host that needs only the queue gives a store and its handlers, and neither index nor embedder. Any call for an
 * organisation may throw {@link CallRefusedException}, when too many are under way or, if the host limits that, were
 * made. Thread-safe.
 */
public final class Croft implements AutoCloseable {

    private final Orgs orgs;
    private final AuditLog audit;
    private final StoredFlags flags;
    private final JobEngine engine;
    private final @Nullable Content content;
    private final Optional<StoredAnalytics> analytics;
    private final Closing closing = new Closing();

    private Croft(Builder builder) {
        try {
            Store store = builder.own(closing);
            BlobStore blobs = builder.blobs(store);
            Gate gate = new Gate(Admissions.of(store, builder.limits, builder.shedding,
                    new ExportAdmission(builder.observer), builder.observer),
                    builder.observer, builder.labels);
            TenantGuard guard = new TenantGuard(store.orgs(), gate);
            Map<JobKind, JobHandler> handlers = new HashMap<>(builder.handlers);
            Optional<IndexFollower> follower = builder.follow(store);
            follower.ifPresent(closing::push);
            ContentCheck check = new ContentCheck(builder.maxTextBytes, builder.fields);
            Runnable poke = () -> follower.ifPresent(IndexFollower::poke);
            InputIntake inputs = new InputIntake(store.inputs(), store.content(), new IngestSettings(blobs,
                    builder.maxFileBytes, builder.modelId(),
                    builder.dimensions(), check, new Sweeps(store.jobs()), this::wake, poke));
            builder.processors(store, blobs, inputs, check).forEach((kind, handler) -> {
                JobHandler telling = follower.isPresent() ? telling(kind, handler, follower.get()) : handler;
                if (handlers.putIfAbsent(kind, telling) != null) {
                    throw new InvalidInputException("job kind " + kind.name() + " has two handlers: give one");
                }
            });
            flags = new StoredFlags(guard, store.flags());
            closing.push(flags);
            Optional<HybridSearch> search = follower.map(one -> new HybridSearch(one, store.content(),
                    builder.requireEmbedder(), builder.scorer, builder.fields, builder.reranking,
                    store.secrets().secret("cursor"), org -> flags.isOn(org, FeatureFlags.SEARCH_V2)));
            analytics = builder.recording
                    ? Optional.of(new StoredAnalytics(guard, store.analytics()))
                    : Optional.empty();
            analytics.ifPresent(closing::push);
            search.ifPresent(closing::push); // handlers may search until the last of them has ended
            closing.push(Housekeeping.start(store, blobs));
            closing.push(guard);
            engine = new JobEngine(guard, store.jobs(), handlers, builder.workers, builder.deadLetters,
                    builder.deadLetterListener);
            closing.push(engine);
            IntakeSettings intake = new IntakeSettings(check, () -> wake(Processors.EMBED.queue()), poke);
            content = search.map(one -> content(store, guard, intake, one, ingestion(store, guard, inputs, check)))
                    .orElse(null);
            orgs = new StoredOrgs(guard, store.orgs(), new OrgExport(store), life -> {
                search.ifPresent(one -> one.forget(life.id()));
                ErasureReceipt.IndexFiles dropped =
                        follower.map(one -> one.drop(life.id())).orElse(ErasureReceipt.IndexFiles.NONE);
                Housekeeping.erase(blobs, new IndexScope.PrivateIndex(life.id(), life.incarnation()));
                return dropped;
            });
            audit = new StoredAuditLog(guard, store.orgs(), store.audit());
            engine.start();
        } catch (RuntimeException | Error e) {
            closing.closeAfter(e);
            throw e;
        }
    }

    /** Begins to put the parts together. */
    public static Builder builder() {
        return new Builder();
    }

    /** Creates, lists, limits, exports, suspends and erases organisations. */
    public Orgs orgs() {
        return orgs;
    }

    /**
     * The private documents of organisations.
     *
     * @throws IllegalStateException if it was started without an index
     */
    public Documents documents() {
        return content().documents();
    }

    /**
     * The marketplace.
     *
     * @throws IllegalStateException if it was started without an index
     */
    public Marketplace marketplace() {
        return content().marketplace();
    }

    /**
     * Takes in texts, files and sites that are to become searchable, and says how far they are.
     *
     * @throws IllegalStateException if it was started without an index
     */
    public Ingestion ingest() {
        return content().ingestion();
    }

    /**
     * Search over an organisation's private index and the marketplace.
     *
     * @throws IllegalStateException if it was started without an index
     */
    public TenantScopedSearch search() {
        return content().search();
    }

    /**
     * Reports on how organisations search.
     *
     * @throws IllegalStateException if it was started without analytics
     */
    public SearchAnalytics analytics() {
        return analytics.orElseThrow(() -> new IllegalStateException("this Croft was started without analytics: leave "
                + "out .withoutAnalytics() on the builder"));
    }

    /** What administration did: who, what, when, before and after. */
    public AuditLog audit() {
        return audit;
    }

    /** Switches: what is on, for all organisations or for one. */
    public FeatureFlags flags() {
        return flags;
    }

    /** The job queue. */
    public JobQueue jobs() {
        return engine.queue();
    }

    /**
     * Stops: no new jobs are begun, running handlers are waited for and then put back, the indexes are committed, and
     * the parts that it was given are closed. May be called more than once.
     */
    @Override
    public void close() {
        closing.close();
    }

    private Content content() {
        if (content == null) {
            throw new IllegalStateException("this Croft was started for jobs alone: give .index(…) and .embedder(…) on "
                    + "the builder to store and search documents");
        }
        return content;
    }

    private Content content(Store store, TenantGuard guard, IntakeSettings intake, HybridSearch search,
            Ingestion ingestion) {
        return new Content(new StoredDocuments(guard, store.content(), store.audit(), intake),
                new StoredMarketplace(guard, store.content(), intake),
                new RecordedSearch(guard, search::search, search::lag,
                        analytics.map(StoredAnalytics::recorder)),
                ingestion);
    }

    /** The queues of its jobs are made known, so that what is given first is not refused. */
    private Ingestion ingestion(Store store, TenantGuard guard, InputIntake inputs, ContentCheck check) {
        List.of(Processors.EMBED, Processors.EXTRACT, Processors.OCR, Processors.CRAWL, Processors.SWEEP,
                Processors.REEMBED)
                .forEach(kind -> store.jobs().registerQueue(kind.queue()));
        return new StoredIngestion(guard,
                new StoredIngestion.Stores(store.inputs(), store.crawls(), store.jobs()), inputs, check,
                engine::watch);
    }

    /** Has a queue looked at. */
    private void wake(String queue) {
        engine.wake(queue);
    }

    /** What a handler wrote is looked for at once: by the index, and where it is a text, by those who embed it. */
    private JobHandler telling(JobKind kind, JobHandler handler, IndexFollower follower) {
        if (kind.equals(Processors.EXTRACT)) {
            return thenWake(handler, Processors.OCR.queue(), Processors.EMBED.queue());
        } else if (kind.equals(Processors.OCR)) {
            return thenWake(handler, Processors.EMBED.queue());
        } else if (kind.equals(Processors.REEMBED)) {
            return thenWake(handler, Processors.EMBED.queue());
        }
        return thenPoke(handler, follower);
    }

    private JobHandler thenWake(JobHandler handler, String... queues) {
        return job -> {
            JobResult result = handler.handle(job);
            List.of(queues).forEach(this::wake);
            return result;
        };
    }

    private static JobHandler thenPoke(JobHandler handler, IndexFollower follower) {
        if (handler instanceof BatchedHandler batched) {
            return new BatchedHandler(batched.size(), batched.linger(), jobs -> {
                Map<JobId, JobResult> results = batched.handler().handle(jobs);
                follower.poke();
                return results;
            });
        }
        return job -> {
            JobResult result = handler.handle(job);
            follower.poke();
            return result;
        };
    }

    private record Content(Documents documents, Marketplace marketplace, TenantScopedSearch search,
            Ingestion ingestion) {
    }

    /** Puts the parts together. Used by one thread, once. */
    public static final class Builder {

        /** The longest text of a document or listing by default: 1 MiB of UTF-8. */
        public static final int DEFAULT_MAX_TEXT_BYTES = 1 << 20;

        private static final int GREATEST_MAX_TEXT_BYTES = 64 << 20;
        private static final int MAX_RERANKED = 200;

        /** The largest file by default: 64 MiB. */
        public static final long DEFAULT_MAX_FILE_BYTES = 64L << 20;

        private final Map<JobKind, JobHandler> handlers = new HashMap<>();
        private @Nullable Store store;
        private @Nullable ChunkIndex index;
        private @Nullable Embedder embedder;
        private @Nullable Processors processors;
        private @Nullable BlobStore blobs;
        private Fields fields = Fields.undeclared();
        private RelevanceScorer scorer = RelevanceScorer.calibrated();
        private RerankSettings reranking = new RerankSettings(Optional.empty(), 50, Duration.ofMillis(500));
        private WorkerSettings workers = WorkerSettings.defaults();
        private int deadLetters = DeadLetterListener.DEFAULT_THRESHOLD;
        private DeadLetterListener deadLetterListener = (org, queue, deadLetters) -> {
        };
        private Consumer<IndexEvent> indexEvents = event -> {
        };
        private Duration watchEvery = Duration.ofMillis(100);
        private Duration commitAfter = Duration.ofSeconds(1);
        private int maxTextBytes = DEFAULT_MAX_TEXT_BYTES;
        private long maxFileBytes = DEFAULT_MAX_FILE_BYTES;
        private boolean recording = true;
        private CallObserver observer = CallObserver.NOBODY;
        private OrgLabels labels = OrgLabels.IDS;
        private CallLimits limits = CallLimits.none();
        private Optional<LoadShedding> shedding = Optional.of(LoadShedding.adaptive());

        private Builder() {
        }

        /** The database; required. It is closed with the {@code Croft}. */
        public Builder store(Store store) {
            this.store = store;
            return this;
        }

        /** The index; needs an embedder too. It is closed with the {@code Croft}. */
        public Builder index(ChunkIndex index) {
            this.index = index;
            return this;
        }

        /** The embedding model; needs an index too. It is closed with the {@code Croft}. */
        public Builder embedder(Embedder embedder) {
            this.embedder = embedder;
            return this;
        }

        /**
         * The library's own handlers, which make documents searchable. A process without them stores and searches, and
         * leaves the work to others. They are closed with the {@code Croft}.
         */
        public Builder handlers(Processors processors) {
            this.processors = processors;
            return this;
        }

        /**
         * The host's handler for a kind of job; {@link JobHandler#batched} makes one that takes several at once.
         *
         * @throws InvalidInputException if the kind has one already
         */
        public Builder handler(JobKind kind, JobHandler handler) {
            Objects.requireNonNull(handler, "handler");
            for (JobKind known : handlers.keySet()) {
                if (known.name().equals(kind.name())) {
                    throw new InvalidInputException("job kind " + kind.name() + " has two handlers: give one");
                }
            }
            handlers.put(kind, handler);
            return this;
        }

        /**
         * Which fields documents and listings have, so that they can be filtered, sorted and counted by;
         * {@link Fields#undeclared()} by default, where fields are only shown. All processes of an installation give
         * the same. When what can be asked for changes, each index is built anew from the database when it is opened.
         */
        public Builder fields(Fields fields) {
            this.fields = Objects.requireNonNull(fields, "fields");
            return this;
        }

        /** How candidates are scored; {@link RelevanceScorer#calibrated()} by default. */
        public Builder scorer(RelevanceScorer scorer) {
            this.scorer = Objects.requireNonNull(scorer, "scorer");
            return this;
        }

        /** Who orders the best hits of each query anew; nobody by default. */
        public Builder reranker(Reranker reranker) {
            this.reranking = new RerankSettings(Optional.of(reranker), reranking.top(), reranking.timeout());
            return this;
        }

        /**
         * How many hits the reranker gets; 50 by default. Hits behind them follow in the order that they have.
         *
         * @param hits 1 to 200
         * @throws InvalidInputException if it is outside that
         */
        public Builder rerankTop(int hits) {
            if (hits < 1 || hits > MAX_RERANKED) {
                throw new InvalidInputException("rerankTop " + hits + " is outside 1 to " + MAX_RERANKED);
            }
            this.reranking = new RerankSettings(reranking.reranker(), hits, reranking.timeout());
            return this;
        }

        /**
         * How long the reranker may take; 500 ms by default, and never longer than the query.
         *
         * @param timeout 1 ms to 1 minute
         * @throws InvalidInputException if it is outside that
         */
        public Builder rerankTimeout(Duration timeout) {
            this.reranking = new RerankSettings(reranking.reranker(), reranking.top(),
                    within("rerankTimeout", timeout, Duration.ofMillis(1), Duration.ofMinutes(1)));
            return this;
        }

        /** How the workers of this process behave; {@link WorkerSettings#defaults()} by default. */
        public Builder workers(WorkerSettings workers) {
            this.workers = Objects.requireNonNull(workers, "workers");
            return this;
        }

        /**
         * Who is told when an organisation has {@value DeadLetterListener#DEFAULT_THRESHOLD} dead letters in a queue;
         * nobody by default. It is logged as a warning in any case.
         */
        public Builder onDeadLetters(DeadLetterListener listener) {
            return onDeadLetters(DeadLetterListener.DEFAULT_THRESHOLD, listener);
        }

        /**
         * Who is told when an organisation has so many dead letters in a queue.
         *
         * @param threshold 1 to {@value DeadLetterListener#MAX_THRESHOLD}
         * @throws InvalidInputException if it is outside that
         */
        public Builder onDeadLetters(int threshold, DeadLetterListener listener) {
            if (threshold < 1 || threshold > DeadLetterListener.MAX_THRESHOLD) {
                throw new InvalidInputException("a threshold of " + threshold + " dead letters is outside 1 to "
                        + DeadLetterListener.MAX_THRESHOLD);
            }
            this.deadLetters = threshold;
            this.deadLetterListener = Objects.requireNonNull(listener, "listener");
            return this;
        }

        /**
         * The longest text of a document or listing, in bytes of UTF-8; 1 MiB by default.
         *
         * @param maxTextBytes 1 to 64 MiB
         * @throws InvalidInputException if it is outside that
         */
        public Builder maxTextBytes(int maxTextBytes) {
            if (maxTextBytes < 1 || maxTextBytes > GREATEST_MAX_TEXT_BYTES) {
                throw new InvalidInputException("maxTextBytes " + maxTextBytes + " is outside 1 to "
                        + GREATEST_MAX_TEXT_BYTES);
            }
            this.maxTextBytes = maxTextBytes;
            return this;
        }

        /** Where files are kept, the same for all processes; in the database by default. */
        public Builder blobs(BlobStore blobs) {
            this.blobs = Objects.requireNonNull(blobs, "blobs");
            return this;
        }

        /**
         * The largest file, in bytes; {@value #DEFAULT_MAX_FILE_BYTES} (64 MiB) by default.
         *
         * @param maxFileBytes 1 to {@link BlobStore#MAX_BYTES}
         * @throws InvalidInputException if it is outside that
         */
        public Builder maxFileBytes(long maxFileBytes) {
            if (maxFileBytes < 1 || maxFileBytes > BlobStore.MAX_BYTES) {
                throw new InvalidInputException("maxFileBytes " + maxFileBytes + " is outside 1 to "
                        + BlobStore.MAX_BYTES);
            }
            this.maxFileBytes = maxFileBytes;
            return this;
        }

        /**
         * How often this process looks for what other processes wrote; 100 ms by default. What it wrote itself it
         * applies at once. While the store hears of the others' writes and tells at once, it looks only every second,
         * or this often if that is longer.
         *
         * @param watchEvery 10 ms to 1 minute
         * @throws InvalidInputException if it is outside that
         */
        public Builder watchEvery(Duration watchEvery) {
            this.watchEvery = within("watchEvery", watchEvery, Duration.ofMillis(10), Duration.ofMinutes(1));
            return this;
        }

        /**
         * How long changes may be in an index without being committed; 1 s by default. What is not committed is read
         * again from the database after a crash, so this trades work at restart against disk writes. While an index
         * has thousands of changes to catch up with, it is five times as long, or 20,000 changes.
         *
         * @param commitAfter 0 to 1 hour
         * @throws InvalidInputException if it is outside that
         */
        public Builder commitAfter(Duration commitAfter) {
            this.commitAfter = within("commitAfter", commitAfter, Duration.ZERO, Duration.ofHours(1));
            return this;
        }

        /**
         * Who is told of each step in the life of an index, on the thread that takes it; nobody by default. It must be
         * quick, must not throw and must not search: a search from there may have to wait for the very step that is
         * told, and is then refused, the source being named as one that timed out.
         */
        public Builder onIndexEvent(Consumer<IndexEvent> indexEvents) {
            this.indexEvents = Objects.requireNonNull(indexEvents, "indexEvents");
            return this;
        }

        /** Records no searches and no clicks; they are recorded by default, see {@link SearchAnalytics}. */
        public Builder withoutAnalytics() {
            this.recording = false;
            return this;
        }

        /** Who is told how each call went; nobody by default. */
        public Builder onCall(CallObserver observer) {
            this.observer = Objects.requireNonNull(observer, "observer");
            return this;
        }

        /**
         * Lets the logging context name organisations by a hash instead of their ids: {@code org_id} is then the first
         * 16 hexadecimal digits of the HMAC-SHA256 of the id's text form, so whoever has the key finds an organisation
         * in logs ({@code printf ID | openssl dgst -sha256 -hmac KEY}) and nobody else. By default it is the id.
         * Messages of background work and the names of folders hold ids all the same.
         *
         * @param key at least 16 bytes, the same in all processes whose logs are read together
         * @throws InvalidInputException if it is shorter
         */
        public Builder hashOrgIdsInLogs(Secret key) {
            this.labels = OrgLabels.hashed(key);
            return this;
        }

        /**
         * How often calls may be made; {@link CallLimits#none()} by default. What exceeds it is refused with
         * {@link CallRefusedException}, which says when to come back. All processes are given the same.
         */
        public Builder callLimits(CallLimits limits) {
            this.limits = Objects.requireNonNull(limits, "limits");
            return this;
        }

        /**
         * When calls are refused because more are under way than this process can do, with
         * {@link CallRefusedException}; {@link LoadShedding#adaptive()} by default.
         */
        public Builder loadShedding(LoadShedding shedding) {
            this.shedding = Optional.of(shedding);
            return this;
        }

        /** Lets all calls in, however many are under way. */
        public Builder withoutLoadShedding() {
            this.shedding = Optional.empty();
            return this;
        }

        /**
         * Starts: opens the index's folder, begins to follow the change logs and to run jobs. If it fails, the parts
         * are closed.
         *
         * @throws IllegalStateException     if a part is missing
         * @throws StoreUnavailableException if the database cannot be reached
         * @throws FolderInUseException      if another process holds the index's folder
         * @throws InvalidInputException     if two handlers are given for a kind, or files of another installation
         */
        public Croft start() {
            return new Croft(this);
        }

        private static Duration within(String name, Duration value, Duration least, Duration most) {
            if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
                throw new InvalidInputException(name + " " + value + " is outside " + least + " to " + most);
            }
            return value;
        }

        private Store requireStore() {
            if (store == null) {
                throw new IllegalStateException("no store: give one with .store(PgStore.open(…))");
            }
            return store;
        }

        private Embedder requireEmbedder() {
            if (embedder == null) {
                throw new IllegalStateException("an index without an embedder: give one with .embedder(…)");
            }
            return embedder;
        }

        /** What was given is closed at the end, and also when the start fails. */
        private Store own(Closing closing) {
            if (embedder != null) {
                closing.push(embedder);
            }
            Store given = requireStore();
            closing.push(given);
            if (processors != null) {
                closing.push(processors);
            }
            return given;
        }

        private BlobStore blobs(Store store) {
            BlobStore given = blobs;
            if (given == null) {
                return store.blobs();
            }
            given.belongTo(InstallationName.of(store.secrets()));
            return given;
        }

        private Optional<IndexFollower> follow(Store store) {
            if (index == null) {
                if (embedder != null) {
                    throw new IllegalStateException("an embedder without an index: give one with .index(…)");
                }
                return Optional.empty();
            }
            try {
                return Optional.of(new IndexFollower(store, index, new IndexSchema(requireEmbedder().model(), fields),
                        IndexFollower.Settings.of(watchEvery, commitAfter, indexEvents)));
            } catch (RuntimeException | Error e) {
                index.close();
                throw e;
            }
        }

        /** Of the embedding model; a process without one takes nothing in. */
        private String modelId() {
            return embedder == null ? "" : embedder.model().id();
        }

        private int dimensions() {
            return embedder == null ? 0 : embedder.model().dimensions();
        }

        private Map<JobKind, JobHandler> processors(Store store, BlobStore blobs, FileIntake files,
                ContentCheck check) {
            if (processors == null) {
                return Map.of();
            }
            if (index == null) {
                throw new IllegalStateException(
                        "handlers that make documents searchable need an index and an embedder: "
                                + "give them with .index(…) and .embedder(…)");
            }
            return processors.handlers(new Processors.Parts(store.orgs(), store.content(), store.inputs(),
                    store.crawls(), store.sites(), store.spends(), blobs, files, requireEmbedder(), check::check));
        }
    }
}
