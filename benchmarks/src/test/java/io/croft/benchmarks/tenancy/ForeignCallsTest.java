package io.croft.benchmarks.tenancy;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.OrgId;
import io.croft.Role;
import io.croft.TenantContext;
import io.croft.benchmarks.data.HashEmbedder;
import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Given;
import io.croft.benchmarks.run.Seed;
import io.croft.benchmarks.tenancy.ForeignValues.Kind;
import io.croft.content.Document;
import io.croft.content.Listing;
import io.croft.content.WriteReceipt;
import io.croft.flags.FlagSetting;
import io.croft.guard.Operation;
import io.croft.guard.Permission;
import io.croft.ingest.Ingest;
import io.croft.intake.Crawl;
import io.croft.job.JobId;
import io.croft.job.JobSchedule;
import io.croft.logs.LoggedLine;
import io.croft.logs.TestLogging;
import io.croft.lucene.LuceneIndex;
import io.croft.pg.PgStore;
import io.croft.search.SearchResults;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * Organisations call whatever takes an id, a name, a key, a cursor or a token with those of others. Another
 * organisation's value, live or deleted, does exactly what one does that nobody has: the same result or exception, with
 * the same message, the same lines in the log, the same outcome for observers and the same rows touched.
 * {@code -Dcroft.size=calls=1000000} makes more of them.
 */
class ForeignCallsTest {

    private static final int ORGS = 200;
    private static final int THREADS = 6;
    private static final int CONNECTIONS = 10;
    private static final int ROW_SAMPLES = 12;
    /** Of values that nobody has, where those of others did something that was not seen of them yet. */
    private static final int MORE_SAMPLES = 200;
    private static final int SHOWN = 10;

    /** How a value comes to a call. */
    private enum Origin {
        FOREIGN, FOREIGN_DELETED, OWN_DELETED, UNKNOWN, MALFORMED
    }

    /** An organisation and what it has. */
    private record Tenant(TenantContext context, ForeignValues values) {
    }

    /** What a caller can learn from a call, without the value itself. */
    private record Seen(String result, List<String> logs, List<String> outcomes) {
    }

    /** The calls that {@link ForeignCall} does not make, and why none of another's values can be given to them. */
    private static final Map<Operation, String> TAKES_NO_NAME = takesNoName();

    private final long seed = Seed.choose("ForeignCallsTest");
    private final Map<Thread, List<String>> logs = new ConcurrentHashMap<>();
    private final Map<Thread, List<String>> outcomes = new ConcurrentHashMap<>();
    private final List<Tenant> tenants = new ArrayList<>();
    private final Set<String> keysUsed = ConcurrentHashMap.newKeySet();

    private static Map<Operation, String> takesNoName() {
        Map<Operation, String> reasons = new EnumMap<>(Operation.class);
        because(reasons, "names nothing but the organisation of its context", Operation.ORGS_CREATE,
                Operation.ORGS_SUMMARY, Operation.ORGS_QUOTAS, Operation.ORGS_EXPORT, Operation.ORGS_ERASE,
                Operation.INGEST_COUNTS, Operation.INGEST_REEMBED, Operation.INGEST_OUTDATED, Operation.SEARCH_LAG,
                Operation.FLAGS_SETTINGS, Operation.ANALYTICS_REPORT, Operation.ANALYTICS_KEEP_TEXTS,
                Operation.JOBS_PAUSE_ALL, Operation.JOBS_RESUME_ALL, Operation.JOBS_LANES, Operation.JOBS_COUNTS,
                Operation.JOBS_STATS);
        because(reasons, "names nothing but the organisations of its two contexts, and both have to let it in",
                Operation.DOCUMENTS_COPY);
        because(reasons, "writes under a name of its own organisation, which no other's is compared with",
                Operation.DOCUMENTS_PUT, Operation.MARKETPLACE_PUBLISH, Operation.INGEST_DOCUMENT,
                Operation.INGEST_LISTING, Operation.INGEST_UPLOAD, Operation.INGEST_IMPORT, Operation.INGEST_CRAWL,
                Operation.SCHEDULES_PUT);
        because(reasons, "takes jobs with keys and jobs before them, as enqueueing single ones does",
                Operation.JOBS_ENQUEUE_FLOW);
        because(reasons, "goes on after a place in an order, at which there need not be anything", Operation.AUDIT_LIST,
                Operation.INGEST_CRAWLS, Operation.JOBS_LIST, Operation.SCHEDULES_LIST);
        because(reasons, "names kinds and queues, which are everybody's", Operation.JOBS_REDRIVE_FILTERED,
                Operation.JOBS_DISCARD_FILTERED, Operation.JOBS_SET_LIMITS, Operation.JOBS_LIMITS,
                Operation.JOBS_PAUSE, Operation.JOBS_RESUME);
        because(reasons, "is for super admins, who may know of all organisations", Operation.ORGS_LIST,
                Operation.ORGS_SET_QUOTAS, Operation.ORGS_SUSPEND, Operation.ORGS_RESUME, Operation.AUDIT_LIST_ALL,
                Operation.FLAGS_SET, Operation.FLAGS_SETTINGS_OF_ALL, Operation.FLAGS_SET_FOR_ALL,
                Operation.ANALYTICS_OVERALL, Operation.GLOBAL_SCHEDULES_PUT, Operation.GLOBAL_SCHEDULES_REMOVE,
                Operation.GLOBAL_SCHEDULES_PAUSE, Operation.GLOBAL_SCHEDULES_RESUME,
                Operation.GLOBAL_SCHEDULES_TRIGGER, Operation.GLOBAL_SCHEDULES_FIND, Operation.GLOBAL_SCHEDULES_LIST,
                Operation.QUEUES_LIST, Operation.QUEUES_COUNTS, Operation.QUEUES_LANES, Operation.QUEUES_STATS,
                Operation.QUEUES_LIMITS, Operation.QUEUES_SET_LIMITS, Operation.QUEUES_PAUSE, Operation.QUEUES_RESUME,
                Operation.SHARDS_MOVE, Operation.SHARDS_MOVING);
        return reasons;
    }

    private static void because(Map<Operation, String> reasons, String why, Operation... operations) {
        for (Operation operation : operations) {
            if (reasons.put(operation, why) != null) {
                throw new AssertionError(operation + " has two reasons");
            }
        }
    }

    /** A new call fails here until it is made with others' values, or stands above with a reason. */
    @Test
    void everyCall_isMadeWithOthersValuesOrTakesNone() {
        EnumSet<Operation> made = EnumSet.noneOf(Operation.class);
        for (ForeignCall call : ForeignCall.values()) {
            made.add(call.operation());
        }

        assertThat(TAKES_NO_NAME.keySet()).containsExactlyInAnyOrderElementsOf(EnumSet.complementOf(made));
        TAKES_NO_NAME.forEach((operation, why) -> assertThat(why.startsWith("is for super admins"))
                .as("%s %s", operation, why).isEqualTo(operation.permission() == Permission.CROSS_ORG));
    }

    @Test
    void anotherOrgsValue_isAsOneThatNobodyHas() throws Exception {
        int calls = Given.count("calls", 100_000);
        try (Database database = Database.start();
                TempFolder folder = TempFolder.create();
                TouchedRows rows = new TouchedRows(database, CONNECTIONS);
                Croft croft = Croft.builder().store(PgStore.builder(rows.source()).open())
                        .index(LuceneIndex.at(folder.at("index"))).embedder(new HashEmbedder())
                        .handlers(Ingest.handlers())
                        .onCall((operation, outcome, nanos) -> ofThisThread(outcomes).add(operation + " " + outcome))
                        .start()) {
            moveIn(croft);

            Map<ForeignCall, Map<Origin, Set<Seen>>> seen = new EnumMap<>(ForeignCall.class);
            for (ForeignCall call : ForeignCall.values()) {
                seen.put(call, new ConcurrentHashMap<>());
            }
            long made = TestLogging.during(this::log,
                    () -> parallel(thread -> ask(croft, new Random(seed + thread), calls / THREADS + 1, seen))).stream()
                    .mapToLong(Long::longValue).sum();

            assertThat(made).isGreaterThanOrEqualTo(calls);
            assertThat(differences(seen)).as("what another organisation's value does and an unknown one does not")
                    .isEmpty();
            assertThat(misnamed(seen)).as("calls that were others than they say").isEmpty();
            assertThat(failures(seen)).as("calls that failed otherwise than by a refusal").isEmpty();
            assertThat(rowDifferences(croft, rows)).as("rows touched").isEmpty();
            assertThat(losses(croft)).as("what others' calls have changed").isEmpty();
        }
    }

    /** Of threads that make calls; what works beside them is nobody's answer. */
    private void log(LoggedLine line) {
        List<String> mine = logs.get(Thread.currentThread());
        if (mine != null) {
            mine.add(line.level() + " " + line.logger() + " " + line.message() + " "
                    + new TreeSet<>(line.fields().keySet()) + " " + new TreeSet<>(line.context().keySet()));
        }
    }

    private static List<String> ofThisThread(Map<Thread, List<String>> all) {
        return all.computeIfAbsent(Thread.currentThread(), thread -> new ArrayList<>());
    }

    private void moveIn(Croft croft) throws Exception {
        for (int i = 0; i < ORGS; i++) {
            tenants.add(new Tenant(
                    TenantContext.of(OrgId.named("foreign-" + i), Actor.user("user-" + i, Role.ADMIN)),
                    new ForeignValues()));
        }
        parallel(thread -> {
            Random random = new Random(seed ^ (thread + 77));
            for (int i = thread; i < ORGS; i += THREADS) {
                moveIn(croft, tenants.get(i), random);
            }
            return 0L;
        });
        parallel(thread -> {
            for (int i = thread; i < ORGS; i += THREADS) {
                search(croft, tenants.get(i));
            }
            return 0L;
        });
    }

    private static void moveIn(Croft croft, Tenant tenant, Random random) {
        TenantContext org = tenant.context;
        ForeignValues values = tenant.values;
        croft.orgs().create(org);
        List<String> ids = names(random);
        List<WriteReceipt> receipts = croft.documents().putAll(org,
                ids.stream().map(id -> Document.text(id, "a common text of " + id)).toList());
        receipts.forEach(receipt -> values.live(Kind.RECEIPT, receipt));
        List<String> groups = names(random);
        values.live(Kind.GROUP, groups.get(0));
        values.deleted(Kind.GROUP, groups.get(2));
        croft.documents().put(org, Document.text(ForeignCall.OF_A_GROUP, "a common text of some")
                .withGroups(groups.subList(0, 2)));
        values.live(Kind.DOCUMENT, ids.get(0));
        values.live(Kind.DOCUMENT, ids.get(1));
        croft.documents().delete(org, ids.get(2));
        values.deleted(Kind.DOCUMENT, ids.get(2));
        values.deleted(Kind.RECEIPT, receipts.get(2));
        List<String> listings = names(random);
        croft.marketplace().publishAll(org, listings.stream().map(id -> Listing.of(id, "listed " + id)).toList());
        values.live(Kind.LISTING, listings.get(0));
        values.live(Kind.LISTING, listings.get(1));
        croft.marketplace().withdraw(org, listings.get(2));
        values.deleted(Kind.LISTING, listings.get(2));
        for (String name : names(random)) { // of what the fetcher refuses, whoever is first
            JobId job = croft.ingest().crawl(org, Crawl.documents(name, "http://127.0.0.1:1/" + org.org())
                    .withDelay(Duration.ZERO)).job();
            croft.jobs().admin().cancel(org, List.of(job), "not needed");
            values.live(Kind.CRAWL, name);
        }
        values.deleted(Kind.CRAWL, ForeignValues.name(random));
        for (String key : names(random)) {
            JobId id = croft.jobs().enqueue(org, ForeignCall.later().withKey(key)).id();
            values.live(Kind.JOB, id);
            values.live(Kind.KEY, key);
        }
        for (String flag : List.of(ForeignValues.flag(random), ForeignValues.flag(random))) {
            croft.flags().set(byOperator(org), flag, FlagSetting.ON);
            values.live(Kind.FLAG, flag);
        }
        String unset = ForeignValues.flag(random);
        croft.flags().set(byOperator(org), unset, FlagSetting.ON);
        croft.flags().set(byOperator(org), unset, FlagSetting.UNSET);
        values.deleted(Kind.FLAG, unset);
        JobId gone = croft.jobs().enqueue(org, ForeignCall.later().withKey("gone")).id();
        croft.jobs().admin().discard(org, List.of(gone), "not needed");
        values.deleted(Kind.JOB, gone);
        values.deleted(Kind.KEY, ForeignValues.name(random));
        List<String> schedules = names(random);
        schedules.forEach(name -> croft.jobs().schedules().put(org, name, JobSchedule.every(Duration.ofDays(300)),
                ForeignCall.later().withDelay(Duration.ZERO)));
        values.live(Kind.SCHEDULE, schedules.get(0));
        values.live(Kind.SCHEDULE, schedules.get(1));
        croft.jobs().schedules().remove(org, schedules.get(2));
        values.deleted(Kind.SCHEDULE, schedules.get(2));
        values.deleted(Kind.SEARCH_ID, ForeignValues.unknown(Kind.SEARCH_ID, random));
        values.deleted(Kind.SEARCH_CURSOR, ForeignValues.unknown(Kind.SEARCH_CURSOR, random));
    }

    private static TenantContext byOperator(TenantContext org) {
        return TenantContext.of(org.org(), Actor.superAdmin("ops"));
    }

    private static List<String> names(Random random) {
        return List.of(ForeignValues.name(random), ForeignValues.name(random), ForeignValues.name(random));
    }

    private static void search(Croft croft, Tenant tenant) {
        WriteReceipt last = (WriteReceipt) tenant.values.live(Kind.RECEIPT, new Random(0));
        SearchResults results = croft.search().search(tenant.context, ForeignCall.query().after(last));
        tenant.values.live(Kind.SEARCH_ID, results.id());
        tenant.values.live(Kind.SEARCH_CURSOR, results.nextCursor().orElseThrow(
                () -> new AssertionError("an organisation has one hit only: " + results)));
    }

    /** Makes so many calls with foreign values, and others beside them; returns how many of the former. */
    private long ask(Croft croft, Random random, int calls, Map<ForeignCall, Map<Origin, Set<Seen>>> seen)
            throws Exception {
        List<ForeignCall> weighed = Arrays.stream(ForeignCall.values())
                .flatMap(call -> Collections.nCopies(call.weight(), call).stream()).toList();
        long foreign = 0;
        while (foreign < calls) {
            ForeignCall call = weighed.get(random.nextInt(weighed.size()));
            Origin origin = switch (random.nextInt(20)) {
                case 0, 1, 2 -> Origin.UNKNOWN;
                case 3 -> Origin.MALFORMED;
                case 4 -> Origin.OWN_DELETED;
                case 5, 6, 7 -> Origin.FOREIGN_DELETED;
                default -> Origin.FOREIGN;
            };
            int asking = random.nextInt(ORGS);
            Optional<Object> value = value(call.kind(), origin, asking, random);
            if (value.isPresent() && isNew(call, asking, value.get())) {
                Objects.requireNonNull(seen.get(call)).computeIfAbsent(origin, any -> ConcurrentHashMap.newKeySet())
                        .add(see(croft, call, tenants.get(asking).context, value.get()));
                foreign += origin == Origin.FOREIGN || origin == Origin.FOREIGN_DELETED ? 1 : 0;
            }
        }
        return foreign;
    }

    /** A key that an organisation has used is its own from then on. */
    private boolean isNew(ForeignCall call, int asking, Object value) {
        return call != ForeignCall.JOB_KEY || keysUsed.add(asking + " " + value);
    }

    private Optional<Object> value(Kind kind, Origin origin, int asking, Random random) {
        ForeignValues others = tenants.get((asking + 1 + random.nextInt(ORGS - 1)) % ORGS).values;
        return switch (origin) {
            case FOREIGN -> Optional.of(others.live(kind, random));
            case FOREIGN_DELETED -> Optional.of(others.deleted(kind, random));
            case OWN_DELETED -> Optional.of(tenants.get(asking).values.deleted(kind, random));
            case UNKNOWN -> Optional.of(ForeignValues.unknown(kind, random));
            case MALFORMED -> ForeignValues.malformed(kind, random);
        };
    }

    private Seen see(Croft croft, ForeignCall call, TenantContext org, Object value) throws InterruptedException {
        ofThisThread(logs).clear();
        ofThisThread(outcomes).clear();
        String result;
        try {
            result = String.valueOf(call.make(croft, org, value));
        } catch (RuntimeException e) {
            result = e.getClass().getName() + ": " + e.getMessage();
        }
        return new Seen(shape(result), ofThisThread(logs).stream().map(ForeignCallsTest::shape).toList(),
                List.copyOf(ofThisThread(outcomes)));
    }

    /** Without ids, names and numbers. */
    private static String shape(String text) {
        return text.replaceAll("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID")
                .replaceAll("n[-_][0-9a-f]{16}", "NAME").replaceAll("[0-9]+", "0");
    }

    private static List<String> differences(Map<ForeignCall, Map<Origin, Set<Seen>>> seen) {
        List<String> differences = new ArrayList<>();
        seen.forEach((call, byOrigin) -> {
            Set<Seen> unknown = byOrigin.getOrDefault(Origin.UNKNOWN, Set.of());
            for (Origin origin : List.of(Origin.FOREIGN, Origin.FOREIGN_DELETED)) {
                for (Seen one : byOrigin.getOrDefault(origin, Set.of())) {
                    if (!unknown.contains(one)) {
                        differences.add(call + " " + origin + ": " + one + " and not " + unknown);
                    }
                }
            }
        });
        return differences.subList(0, Math.min(SHOWN, differences.size()));
    }

    /** Calls that passed the gate as others than their generators say; what is refused before it passed none. */
    private static List<String> misnamed(Map<ForeignCall, Map<Origin, Set<Seen>>> seen) {
        List<String> misnamed = new ArrayList<>();
        seen.forEach((call, byOrigin) -> byOrigin.values().forEach(all -> all.stream()
                .filter(one -> !one.outcomes.stream().allMatch(
                        outcome -> outcome.startsWith(call.operation().label() + " ")))
                .forEach(one -> misnamed.add(call + ": " + one.outcomes))));
        return misnamed.subList(0, Math.min(SHOWN, misnamed.size()));
    }

    private static List<String> failures(Map<ForeignCall, Map<Origin, Set<Seen>>> seen) {
        List<String> failures = new ArrayList<>();
        seen.forEach((call, byOrigin) -> byOrigin.forEach((origin, all) -> all.stream()
                .filter(one -> one.outcomes.stream().anyMatch(
                        outcome -> outcome.endsWith("FAILED") || outcome.endsWith("UNAVAILABLE")))
                .forEach(one -> failures.add(call + " " + origin + ": " + one))));
        return failures.subList(0, Math.min(SHOWN, failures.size()));
    }

    /** Which calls touch other rows with another organisation's value than with one that nobody has. */
    private List<String> rowDifferences(Croft croft, TouchedRows rows) throws Exception {
        Random random = new Random(seed + 4242);
        List<String> differences = new ArrayList<>();
        int noted = 0;
        for (ForeignCall call : ForeignCall.values()) {
            Map<Origin, Map<List<String>, Integer>> touched = new TreeMap<>();
            for (int i = 0; i < ROW_SAMPLES; i++) {
                for (Origin origin : List.of(Origin.UNKNOWN, Origin.FOREIGN, Origin.FOREIGN_DELETED)) {
                    List<String> one = touched(croft, rows, call, origin, random);
                    noted += one.size();
                    touched.computeIfAbsent(origin, any -> new HashMap<>()).merge(one, 1, Integer::sum);
                }
            }
            Set<List<String>> unknown = new HashSet<>(touched.getOrDefault(Origin.UNKNOWN, Map.of()).keySet());
            Set<List<String>> foreignOnes = new HashSet<>();
            touched.forEach((origin, ones) -> foreignOnes.addAll(ones.keySet()));
            for (int i = 0; i < MORE_SAMPLES && !unknown.containsAll(foreignOnes); i++) {
                unknown.add(touched(croft, rows, call, Origin.UNKNOWN, random));
            }
            for (Origin origin : List.of(Origin.FOREIGN, Origin.FOREIGN_DELETED)) {
                Map<List<String>, Integer> foreign = touched.getOrDefault(origin, Map.of());
                if (!unknown.containsAll(foreign.keySet())) {
                    differences.add(call + " " + origin + ": " + foreign + " and not " + unknown);
                }
            }
        }
        assertThat(noted).as("transactions of which it is known what they touched").isGreaterThan(100);
        return differences;
    }

    private List<String> touched(Croft croft, TouchedRows rows, ForeignCall call, Origin origin, Random random)
            throws Exception {
        int asking;
        Object value;
        do {
            asking = random.nextInt(ORGS);
            value = value(call.kind(), origin, asking, random).orElseThrow();
        } while (!isNew(call, asking, value));
        TenantContext org = tenants.get(asking).context;
        Object named = value;
        return rows.during(() -> see(croft, call, org, named));
    }

    /** What organisations no longer have, although nobody but others has named it. */
    private List<String> losses(Croft croft) {
        List<String> losses = new ArrayList<>();
        Random random = new Random(seed);
        for (Tenant tenant : tenants) {
            TenantContext org = tenant.context;
            check(losses, croft.documents().find(org, (String) tenant.values.live(Kind.DOCUMENT, random)));
            check(losses, croft.marketplace().find(org, (String) tenant.values.live(Kind.LISTING, random)));
            check(losses, croft.ingest().crawlStatus(org, (String) tenant.values.live(Kind.CRAWL, random)));
            check(losses, croft.jobs().find(org, (JobId) tenant.values.live(Kind.JOB, random))
                    .filter(job -> !job.state().hasEnded()));
            check(losses, croft.jobs().schedules().find(org, (String) tenant.values.live(Kind.SCHEDULE, random))
                    .filter(schedule -> !schedule.paused()));
            check(losses, Optional.of((String) tenant.values.live(Kind.FLAG, random))
                    .filter(flag -> croft.flags().isOn(org, flag)));
        }
        return losses.subList(0, Math.min(SHOWN, losses.size()));
    }

    private static void check(List<String> losses, Optional<?> found) {
        if (found.isEmpty()) {
            losses.add("something is gone");
        }
    }

    /** Does something on several threads at once. */
    private static List<Long> parallel(Part part) throws Exception {
        List<Callable<Long>> parts = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            int thread = t;
            parts.add(() -> part.run(thread));
        }
        try (ExecutorService pool = Executors.newFixedThreadPool(THREADS)) {
            List<Long> results = new ArrayList<>();
            for (Future<Long> one : pool.invokeAll(parts)) {
                results.add(one.get());
            }
            return results;
        }
    }

    private interface Part {

        long run(int thread) throws Exception;
    }
}
