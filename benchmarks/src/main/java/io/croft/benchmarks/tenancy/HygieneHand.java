package io.croft.benchmarks.tenancy;

import io.croft.Org;
import io.croft.benchmarks.run.Waiting;
import io.croft.benchmarks.tenancy.HygieneCycle.Expected;
import io.croft.benchmarks.tenancy.HygieneTenants.Tenant;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.search.Source;
import io.croft.spi.ChangeFeed.Listening;
import io.croft.spi.Content;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexScope.MarketIndex;
import io.croft.spi.IndexScope.PrivateIndex;
import io.croft.spi.JobStore.Signal;
import io.croft.spi.JobStore.Watched;
import io.croft.spi.Store;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One of the threads that borrow, each with a document of its own in every organisation, so that it knows what is in
 * it. Used by one thread.
 */
final class HygieneHand {

    private static final Duration HEARING = Duration.ofSeconds(20);
    private static final UUID NO_LIFE = new UUID(7, 7);

    private final int number;
    private final long seed;
    private final HygieneTenants tenants;
    private final Store store;
    private final HygienePool pool;
    private final HygieneMeddler meddler;
    private final HygieneFlaw flaw;
    private final HygieneFaults faults;
    private final HygieneFaults surprises;
    private final JobKind hostKind;
    private final Map<HygieneEnd, Long> ends = new EnumMap<>(HygieneEnd.class);
    /** By organisation: which write its document is of, and which it may be of if it is not known how that ended. */
    private final int[] kept;
    private final int[] perhaps;
    private final long[] jobs;
    private final boolean[] mayHaveMore;
    private int writes;

    /**
     * A thread's part of the work.
     *
     * @param number   which thread, from 0
     * @param hostKind of the jobs that hosts enqueue
     */
    HygieneHand(int number, long seed, HygieneTenants tenants, Store store, HygienePool pool, HygieneMeddler meddler,
            HygieneFlaw flaw, HygieneFaults faults, HygieneFaults surprises, JobKind hostKind) {
        this.number = number;
        this.seed = seed;
        this.tenants = tenants;
        this.store = store;
        this.pool = pool;
        this.meddler = meddler;
        this.flaw = flaw;
        this.faults = faults;
        this.surprises = surprises;
        this.hostKind = hostKind;
        this.kept = new int[tenants.size()];
        this.perhaps = new int[tenants.size()];
        this.jobs = new long[tenants.size()];
        this.mayHaveMore = new boolean[tenants.size()];
    }

    /** What the store is asked to do. */
    private enum Call {

        /** Its own document of an organisation. */
        FIND(50, 1),
        /** A document that only another organisation has. */
        MISS(10, 1),
        /** Writes its document. */
        PUT(6, HygieneCycle.WRITES),
        /** The organisation, as an administrator. */
        ORG(10, 1),
        /** Whether a life of it is over, as an administrator of no one organisation. */
        GONE(6, 1),
        /** Where its job and another's stand, as a worker. */
        STATUSES(10, 1),
        /** What it has published, as an index. */
        MARKET(8, 1);

        private final int share;
        private final int messages;

        Call(int share, int messages) {
            this.share = share;
            this.messages = messages;
        }

        static Call any(SplittableRandom random) {
            int left = random.nextInt(Arrays.stream(values()).mapToInt(call -> call.share).sum());
            for (Call call : values()) {
                left -= call.share;
                if (left < 0) {
                    return call;
                }
            }
            throw new IllegalStateException("there are no calls");
        }

        Expected expected(Tenant tenant) {
            return switch (this) {
                case FIND, MISS, PUT -> tenant.asTenant();
                case ORG -> tenant.asAdmin();
                case GONE -> Expected.ADMIN;
                case STATUSES -> Expected.WORKER;
                case MARKET -> Expected.INDEX;
            };
        }
    }

    /** How often each end came about. */
    Map<HygieneEnd, Long> ends() {
        return ends;
    }

    /** How many jobs of this organisation hosts have committed. */
    long jobs(int org) {
        return jobs[org];
    }

    /** Whether a host's commit failed, so that there may be one more. */
    boolean mayHaveMore(int org) {
        return mayHaveMore[org];
    }

    /** Whether its document of this organisation may read so. */
    boolean mayRead(int org, String text) {
        Tenant tenant = tenants.get(org);
        return text.equals(tenant.text(kept[org])) || text.equals(tenant.text(perhaps[org]));
    }

    /** Borrows and gives back once, or a few times. */
    void cycle(long nth) throws InterruptedException, SQLException {
        SplittableRandom random = new SplittableRandom(seed + nth * 0x9e3779b97f4a7c15L);
        int org = random.nextInt(tenants.size());
        HygieneEnd end = HygieneEnd.any(random);
        boolean isSo = switch (end) {
            case HOST_COMMITTED, HOST_ROLLED_BACK, HOST_LEFT_OPEN, HOST_LEFT_FAILED -> host(org, end, random);
            case LISTENED -> listen();
            case KILLED_BETWEEN -> call(Call.PUT, org, end, random);
            case COMMITTED, REPEATED, WORK_FAILED, STATEMENT_TIMEOUT, LOCK_TIMEOUT, REFUSED, KILLED_IN_STATEMENT,
                    KILLED_BEFORE, ABORTED, INTERRUPTED ->
                    call(Call.any(random), org, end, random);
        };
        if (isSo) {
            ends.merge(end, 1L, Long::sum);
        }
    }

    private boolean call(Call call, int org, HygieneEnd end, SplittableRandom random)
            throws InterruptedException, SQLException {
        HygieneCycle cycle = HygieneCycle.of(end, call.expected(tenants.get(org)), call.messages,
                tenants.other(org).idText(), flaw, random);
        int write = call == Call.PUT ? ++writes : 0;
        String got = attempt(cycle, () -> perform(call, org, write));
        boolean isSo = end.isSeenIn(got) && (end == HygieneEnd.COMMITTED || cycle.isDone);
        if (!isSo) {
            surprises.add(call + " was to be " + end + ", but " + (got.isEmpty() ? "returned" : "threw " + got));
        }
        if (call == Call.PUT && got.isEmpty()) {
            kept[org] = write;
            perhaps[org] = write;
        } else if (call == Call.PUT && !isSo) {
            perhaps[org] = write;
        }
        return isSo;
    }

    /** Returns the name and the message of the exception that the call throws; empty if it returns. */
    private String attempt(HygieneCycle cycle, Runnable call) throws InterruptedException, SQLException {
        AtomicReference<String> got = new AtomicReference<>("");
        Runnable attempt = () -> {
            pool.begin(Thread.currentThread(), cycle);
            try {
                call.run();
            } catch (RuntimeException e) {
                got.set(e.getClass().getSimpleName() + ": " + e.getMessage());
            } finally {
                pool.end(Thread.currentThread());
            }
        };
        if (cycle.end == HygieneEnd.INTERRUPTED) {
            Thread.startVirtualThread(attempt).join();
        } else {
            attempt.run();
        }
        if (cycle.end.leavesBackend() && cycle.pid != 0) {
            meddler.kill(cycle.pid);
        }
        return got.get();
    }

    private void perform(Call call, int org, int write) {
        Tenant tenant = tenants.get(org);
        Tenant other = tenants.other(org);
        switch (call) {
            case FIND -> {
                String text = store.content().find(tenant.id(), Source.PRIVATE, HygieneTenants.document(number))
                        .map(Content::text).orElse("nothing");
                if (!mayRead(org, text)) {
                    wrong(call, tenant, text);
                }
            }
            case MISS -> store.content().find(tenant.id(), Source.PRIVATE, other.only())
                    .ifPresent(content -> wrong(call, tenant, content.text()));
            case PUT -> {
                store.content().put(tenant.id(), Source.PRIVATE,
                        List.of(tenant.content(HygieneTenants.document(number), write)), HygieneTenants.KIND);
                // On a connection of the same pool, in a thread of the store's own.
                store.jobs().signal(new Signal.Enqueued(HygieneTenants.KIND.queue()));
            }
            case ORG -> {
                Optional<Org> found = store.orgs().find(tenant.id());
                if (!found.map(Org::id).equals(Optional.of(tenant.id()))) {
                    wrong(call, tenant, found.toString());
                }
            }
            case GONE -> {
                PrivateIndex index = new PrivateIndex(tenant.id(), NO_LIFE);
                Set<PrivateIndex> gone = store.orgs().gone(List.of(index));
                if (!gone.equals(Set.of(index))) {
                    wrong(call, tenant, gone.toString());
                }
            }
            case STATUSES -> {
                List<Boolean> known = store.jobs()
                        .statuses(List.of(watched(tenant, tenant.job()), watched(tenant, other.job()))).stream()
                        .map(Optional::isPresent).toList();
                if (!known.equals(List.of(true, false))) {
                    wrong(call, tenant, known.toString());
                }
            }
            case MARKET -> store.content()
                    .chunks(new MarketIndex(), List.of(new ContentKey(tenant.id(), HygieneTenants.document(number))))
                    .stream().filter(found -> !found.chunks().isEmpty())
                    .forEach(found -> wrong(call, tenant, found.toString()));
        }
    }

    private static Watched watched(Tenant tenant, JobId job) {
        return new Watched(tenant.id(), job);
    }

    private void wrong(Call call, Tenant tenant, String answer) {
        faults.add(call + " of " + tenant.name() + " was answered with " + answer);
    }

    /** A host's transaction, which it makes an organisation's itself. */
    private boolean host(int org, HygieneEnd end, SplittableRandom random) {
        Tenant tenant = tenants.get(org);
        pool.begin(Thread.currentThread(),
                HygieneCycle.of(end, tenant.asHost(), 1, tenants.other(org).idText(), flaw, random));
        try (Connection connection = pool.getConnection()) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.execute("SET LOCAL ROLE croft_app");
                statement.execute("SELECT set_config('croft.org_id', '" + tenant.idText() + "', true)");
                store.jobs().enqueue(connection, tenant.id(),
                        List.of(JobRequest.of(hostKind, "{\"org\": \"" + tenant.idText() + "\"}")));
                if (end == HygieneEnd.HOST_LEFT_FAILED && !isRefused(statement)) {
                    throw new IllegalStateException("the database divided by zero");
                }
            }
            if (end == HygieneEnd.HOST_COMMITTED) {
                commit(connection, org);
            } else if (end == HygieneEnd.HOST_ROLLED_BACK) {
                connection.rollback();
            }
            return true;
        } catch (SQLException | RuntimeException e) {
            surprises.add("a host's transaction was to be " + end + ", but threw " + e);
            return false;
        } finally {
            pool.end(Thread.currentThread());
        }
    }

    private static boolean isRefused(Statement statement) {
        try {
            statement.execute("SELECT 1 / 0");
            return false;
        } catch (SQLException e) {
            return true;
        }
    }

    private void commit(Connection connection, int org) throws SQLException {
        try {
            connection.commit();
            jobs[org]++;
        } catch (SQLException e) {
            mayHaveMore[org] = true;
            throw e;
        }
    }

    /** The store has a connection of the pool listen, in a thread of its own. */
    private boolean listen() {
        try (Listening line = store.jobs().listen(signal -> {
        })) {
            Waiting.until("a connection to listen", HEARING, line::hears);
            return true;
        } catch (IllegalStateException e) {
            surprises.add(String.valueOf(e.getMessage()));
            return false;
        }
    }
}
