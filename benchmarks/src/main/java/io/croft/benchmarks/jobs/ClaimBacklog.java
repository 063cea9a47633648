package io.croft.benchmarks.jobs;

import io.croft.Actor;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.benchmarks.run.Database;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.LaneLimits;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Outcome;
import io.croft.spi.Store;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** A queue with a backlog of jobs that wait, filled and claimed at the store's seam. Thread-safe but for tables(). */
final class ClaimBacklog implements AutoCloseable {

    static final String QUEUE = "bench-claims";

    private static final JobKind KIND = JobKind.of("bench.claim", QUEUE);
    private static final int CALL = 50_000;
    private static final Outcome COMPLETED = new Outcome.Completed(Optional.empty());

    private final Store store;
    private final QueueTables tables;

    ClaimBacklog(Database database) throws SQLException {
        this.store = database.store();
        this.tables = new QueueTables(database);
        store.jobs().registerQueue(QUEUE);
    }

    JobStore jobs() {
        return store.jobs();
    }

    QueueTables tables() {
        return tables;
    }

    /** An organisation of that name whose lane has no limit that a benchmark meets. */
    OrgId org(String name) {
        OrgId org = OrgId.named(name);
        store.orgs().create(TenantContext.of(org, Actor.service("benchmark")));
        jobs().setLimits(org, QUEUE, LaneLimits.maxRunning(10_000));
        return org;
    }

    void add(OrgId org, int jobs) {
        for (int from = 0; from < jobs; from += CALL) {
            List<JobRequest> requests = new ArrayList<>();
            for (int i = from; i < Math.min(jobs, from + CALL); i++) {
                requests.add(JobRequest.of(KIND, "{\"n\":" + i + "}"));
            }
            jobs().enqueue(org, requests);
        }
    }

    /** Upkeep until lanes know of all that waits. */
    void settle() {
        boolean more = true;
        while (more) {
            more = hasMoreAfterUpkeep();
        }
    }

    /** One round of upkeep; whether there is more to do. */
    boolean hasMoreAfterUpkeep() {
        return jobs().maintain(JobStore.MAX_BATCH).more();
    }

    void finish(List<JobLease> leases) {
        for (int from = 0; from < leases.size(); from += JobStore.MAX_BATCH) {
            jobs().finish(leases.subList(from, Math.min(leases.size(), from + JobStore.MAX_BATCH)).stream()
                    .map(lease -> new Completion(lease, COMPLETED)).toList());
        }
    }

    /** Ends what runs, whoever claimed it. */
    int finishAll() throws SQLException {
        List<JobLease> leases = new ArrayList<>();
        String held =
                tables.text("SELECT coalesce(string_agg(org_id || ' ' || id || ' ' || fence, ','), '') FROM croft.run");
        if (!held.isEmpty()) {
            for (String lease : held.split(",", -1)) {
                String[] parts = lease.split(" ", -1);
                leases.add(new JobLease(OrgId.of(UUID.fromString(parts[0])), new JobId(Long.parseLong(parts[1])),
                        Long.parseLong(parts[2])));
            }
        }
        finish(leases);
        return leases.size();
    }

    @Override
    public void close() throws SQLException {
        tables.close();
        store.close();
    }
}
