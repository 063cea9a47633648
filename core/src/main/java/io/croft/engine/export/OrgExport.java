package io.croft.engine.export;

import io.croft.CroftException;
import io.croft.ExportReceipt;
import io.croft.Org;
import io.croft.Orgs;
import io.croft.TenantContext;
import io.croft.job.Job;
import io.croft.search.Source;
import io.croft.spi.Acting;
import io.croft.spi.AuditStore;
import io.croft.spi.ContentStore;
import io.croft.spi.ContentStore.Exported;
import io.croft.spi.JobStore;
import io.croft.spi.Store;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * Writes an organisation's documents, listings and jobs out. {@code docs/export.md} describes what a reader finds.
 * Thread-safe.
 */
public final class OrgExport {

    private final JobStore jobs;
    private final Optional<ContentStore> content;
    private final AuditStore audit;
    private final LongSupplier nanoTime;

    /** Of all that a store has. */
    public OrgExport(Store store) {
        this(store.jobs(), Optional.of(store.content()), store.audit());
    }

    /** Of a store that may have nothing but jobs. */
    public OrgExport(JobStore jobs, Optional<ContentStore> content, AuditStore audit) {
        this(jobs, content, audit, System::nanoTime);
    }

    /** The same by another clock. */
    OrgExport(JobStore jobs, Optional<ContentStore> content, AuditStore audit, LongSupplier nanoTime) {
        this.jobs = jobs;
        this.content = content;
        this.audit = audit;
        this.nanoTime = nanoTime;
    }

    /**
     * Writes it down that it begins, and when it has ended.
     *
     * @param life the organisation as the store knows it
     * @param out  is not closed
     */
    public ExportReceipt write(TenantContext context, Org life, OutputStream out) {
        Acting who = Acting.in(context, life);
        audit.append(who.note(life.id(), "orgs.export", "", Map.of(), Map.of()));
        ExportReceipt receipt;
        try {
            receipt = write(life, out);
        } catch (UncheckedIOException e) {
            IOException failed = Objects.requireNonNull(e.getCause());
            throw new CroftException("the export of organisation " + life.id() + " ended before it was whole, because"
                    + " its stream failed: " + failed.getMessage(), failed);
        }
        audit.append(who.note(life.id(), "orgs.exported", "", Map.of(),
                Map.of("documents", Long.toString(receipt.documents()), "listings", Long.toString(receipt.listings()),
                        "jobs", Long.toString(receipt.jobs()))));
        return receipt;
    }

    private ExportReceipt write(Org life, OutputStream out) {
        Instant begun = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        long end = nanoTime.getAsLong() + Orgs.MAX_EXPORT.toNanos();
        try (ExportFile file = new ExportFile(out)) {
            long documents = file.add("documents.jsonl", lines -> contents(life, Source.PRIVATE, lines, end));
            long listings = file.add("listings.jsonl", lines -> contents(life, Source.MARKETPLACE, lines, end));
            long exported = file.add("jobs.jsonl", lines -> jobs.export(life, job -> {
                requireTime(life, end);
                write(job, lines);
            }));
            long bytes = file.finish(life, begun, ExportReceipt.FORMAT_VERSION);
            return new ExportReceipt(life, Instant.now(), documents, listings, exported, bytes);
        }
    }

    private void contents(Org life, Source source, JsonLines lines, long end) {
        content.ifPresent(store -> store.export(life, source, one -> {
            requireTime(life, end);
            write(one, lines);
        }));
    }

    /** While it goes on, it keeps a connection, and the database from cleaning up. */
    private void requireTime(Org life, long end) {
        if (nanoTime.getAsLong() - end >= 0) {
            throw new CroftException("the export of organisation " + life.id() + " ended before it was whole, because"
                    + " it took longer than " + Orgs.MAX_EXPORT + ": give it a stream that takes it as fast as a disk"
                    + " does");
        }
    }

    private static void write(Exported one, JsonLines lines) {
        lines.begin().field("id", one.content().id()).field("title", one.content().title())
                .field("text", one.content().text()).field("fields", new TreeMap<>(one.content().fields()));
        if (!one.content().groups().isEmpty()) {
            lines.field("groups", one.content().groups().stream().sorted().toList());
        }
        lines.field("revision", one.revision()).field("searchable", one.searchable())
                .field("createdAt", one.createdAt()).field("updatedAt", one.updatedAt()).end();
    }

    private static void write(Job job, JsonLines lines) {
        lines.begin().field("id", job.id().value()).field("kind", job.kind()).field("queue", job.queue())
                .field("state", job.state().name()).field("priority", job.priority().name())
                .field("tags", job.tags().stream().sorted().toList()).text("key", job.key())
                .field("attempts", job.attempts()).field("maxAttempts", job.maxAttempts())
                .field("createdAt", job.createdAt()).time("runAt", job.runAt()).time("deadline", job.deadline())
                .time("firstRunAt", job.firstRunAt()).time("finishedAt", job.finishedAt())
                .json("payload", job.payload());
        job.result().ifPresent(result -> lines.json("result", result));
        job.error().ifPresent(error -> lines.field("errorType", error.type()).field("errorMessage", error.message())
                .field("errorStack", error.stackTrace()));
        lines.text("note", job.note()).end();
    }
}
