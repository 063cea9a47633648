package io.croft.benchmarks.tenancy;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.OrgId;
import io.croft.Secret;
import io.croft.TenantContext;
import io.croft.audit.AuditFilter;
import io.croft.benchmarks.machine.TempFolder;
import io.croft.benchmarks.run.Waiting;
import io.croft.benchmarks.tenancy.Canary.Kind;
import io.croft.job.JobState;
import io.croft.pg.PgStore;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.ConcurrentModificationException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Every kind of data of every organisation holds a word of its own, its canary. Organisations write, search, work,
 * call with each other's values, make mistakes, are suspended and erased, and connections are killed; the host's own
 * parts fail and repeat what they were given. Whatever comes out anywhere is looked into meanwhile and afterwards for
 * canaries that must not be there ({@link CanaryPlace} says which may), and for a hundred secrets. At the end leaks are
 * made on purpose: each must be found.
 */
final class CanaryProof {

    private static final int THREADS = 4;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration FORGOTTEN_WITHIN = Duration.ofSeconds(20);
    private static final int KILLS = 20;
    private static final Duration LOOK_EVERY = Duration.ofMillis(50);
    private static final Actor OPERATOR = Actor.superAdmin("operator");
    private static final Logger LOG = LoggerFactory.getLogger(CanaryProof.class);

    private final LoggedPostgres database;
    private final CanarySecrets secrets;
    private final CanaryLogs logs;
    private final long seed;
    private final long start = System.nanoTime();
    private final List<CanaryOrg> orgs = new ArrayList<>();
    private final CanaryWatch watch;
    private final CanaryCalls calls;
    private final CanaryFiles files;
    private final Path index;
    private final List<String> faults = new ArrayList<>();

    /**
     * What was seen.
     *
     * @param accounts what was looked into, and seen there
     * @param leaks    the first canaries and secrets that were where they must not be: must be none
     * @param calls    how many calls were made
     * @param thrown   how many of them threw
     * @param secrets  how many secrets were looked for
     * @param planted  how many leaks were made on purpose at the end
     * @param faults   those that were not found, and places that nothing was seen in: must be none
     */
    record Report(Map<CanaryPlace, CanaryWatch.Account> accounts, List<CanaryWatch.Leak> leaks, long calls, long thrown,
            int secrets, int planted, List<String> faults) {

        Report {
            leaks = List.copyOf(leaks);
            faults = List.copyOf(faults);
        }

        /** How many canaries and secrets were where they must not be. */
        long foreign() {
            return accounts.values().stream().mapToLong(CanaryWatch.Account::foreign).sum();
        }
    }

    /**
     * A proof on this database.
     *
     * @param secrets the ones that it was started with
     * @param folder  an empty folder
     * @param count   how many organisations, at least 4
     */
    CanaryProof(LoggedPostgres database, CanarySecrets secrets, CanaryLogs logs, Path folder, long seed, int count) {
        this.database = database;
        this.secrets = secrets;
        this.logs = logs;
        this.seed = seed;
        this.index = folder.resolve("index");
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < count; i++) {
            orgs.add(new CanaryOrg(i, random));
        }
        watch = new CanaryWatch(orgs.stream().flatMap(org -> org.canaries().stream()).toList());
        calls = new CanaryCalls(watch);
        files = new CanaryFiles(watch, index, orgs);
    }

    /** Has each organisation make so many calls with others' values. */
    Report run(int foreignCalls) throws Exception {
        List<Report> report = new ArrayList<>();
        logs.during(line -> watch.look(CanaryPlace.LOG, -1, line, line), () -> report.add(live(foreignCalls)));
        return report.getFirst();
    }

    private Report live(int foreignCalls) throws Exception {
        Map<String, Secret> all;
        try (PgStore store = database.store()) {
            all = secrets.complete(store);
        }
        watch.begin(all);
        secrets.use(database, calls);
        step(all.size() + " secrets were used");
        try (CanaryDatabase shown = new CanaryDatabase(database, watch)) {
            try (Croft croft = CanaryHost.start(database.store(), index, secrets.labels(), watch)) {
                AtomicBoolean ended = new AtomicBoolean();
                try (ExecutorService beside = Executors.newSingleThreadExecutor()) {
                    Future<?> looking = beside.submit(() -> lookUntil(ended, shown));
                    try {
                        act(croft, foreignCalls);
                    } finally {
                        ended.set(true);
                        looking.get();
                    }
                }
                erase(croft, shown);
            }
            files.look(); // closed, all of it is written
            shown.lookAtLog();
            step("files and the log of Postgres were looked into");
            Map<CanaryPlace, CanaryWatch.Account> accounts = watch.accounts();
            List<CanaryWatch.Leak> leaks = watch.leaks();
            requireSeen(accounts);
            int planted = plant(shown);
            step(planted + " leaks were made on purpose and looked for");
            return new Report(accounts, leaks, calls.made(), calls.thrown(), all.size(), planted, faults);
        }
    }

    private void act(Croft croft, int foreignCalls) throws Exception {
        each(org -> org.moveIn(croft, calls, new Random(seed + org.number())));
        step(orgs.size() + " organisations moved in");
        each(org -> org.lookAround(croft, calls));
        step("each asked for all that it has");
        each(org -> meddle(croft, org, foreignCalls));
        step("each called with others' values");
        each(org -> org.err(croft, calls));
        step("each made mistakes");
        operate(croft);
        suspend(croft);
        step("operators looked, one organisation was suspended");
        kill(croft);
        step("connections were killed");
        each(org -> org.lookAround(croft, calls));
        step("each asked again");
    }

    /** Reads and changes what others have, by its id, name, key, cursor or token. */
    private void meddle(Croft croft, CanaryOrg org, int times) {
        Random random = new Random(seed ^ (org.number() * 7919L));
        ForeignCall[] kinds = ForeignCall.values();
        for (int i = 0; i < times; i++) {
            ForeignCall call = kinds[i % kinds.length];
            CanaryOrg other = orgs.get((org.number() + 1 + random.nextInt(orgs.size() - 1)) % orgs.size());
            Object value = random.nextInt(4) == 0
                    ? other.values().deleted(call.kind(), random)
                    : other.values().live(call.kind(), random);
            calls.foreign(org, call, value, () -> call.make(croft, org.context(), value));
        }
    }

    private void operate(Croft croft) {
        Instant now = Instant.now();
        calls.operator(() -> croft.orgs().list(OPERATOR, Optional.empty(), 100));
        calls.operator(() -> croft.audit().listAll(OPERATOR, AuditFilter.ALL, Optional.empty(), 1000));
        calls.operator(() -> croft.analytics().overall(OPERATOR, now.minusSeconds(3600), now.plusSeconds(60)));
        calls.operator(() -> croft.jobs().queues().list(OPERATOR));
        calls.operator(() -> croft.jobs().queues().counts(OPERATOR, CanaryHost.QUEUE));
        calls.operator(() -> croft.jobs().queues().lanes(OPERATOR, CanaryHost.QUEUE, JobState.DEAD, Optional.empty(),
                100));
        calls.operator(() -> croft.jobs().queues().stats(OPERATOR, now.minusSeconds(3600), now));
        calls.operator(() -> croft.jobs().schedules().global().list(OPERATOR, Optional.empty(), 100));
    }

    private void suspend(Croft croft) {
        CanaryOrg suspended = orgs.get(1);
        TenantContext by = TenantContext.of(suspended.context().org(), OPERATOR);
        calls.operator(() -> croft.orgs().suspend(by));
        suspended.lookAround(croft, calls);
        suspended.err(croft, calls);
        calls.operator(() -> croft.orgs().resume(by));
        OrgId nobody = OrgId.named("canary-nobody");
        calls.own(orgs.get(2), () -> croft.documents().find(
                TenantContext.of(nobody, orgs.get(2).context().actor()), orgs.get(2).canary(Kind.TEXT).word()));
    }

    /** While all of them ask, whatever serves them is killed again and again. */
    private void kill(Croft croft) throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        try (ExecutorService beside = Executors.newSingleThreadExecutor()) {
            Future<Integer> killer = beside.submit(() -> {
                int killed = database.killSessions();
                for (int i = 1; i < KILLS && !ended.get(); i++) {
                    LockSupport.parkNanos(2 * LOOK_EVERY.toNanos());
                    killed += database.killSessions();
                }
                return killed;
            });
            try {
                each(org -> org.lookAround(croft, calls));
                each(org -> org.err(croft, calls));
            } finally {
                ended.set(true);
            }
            if (killer.get() == 0) {
                faults.add("no connection was killed");
            }
        }
    }

    private boolean lookUntil(AtomicBoolean ended, CanaryDatabase shown) throws SQLException {
        while (!ended.get()) {
            shown.lookAtSessions();
            Thread.getAllStackTraces().keySet().forEach(thread -> watch.look(CanaryPlace.THREADS, -1, "a thread",
                    thread.getName()));
            LockSupport.parkNanos(LOOK_EVERY.toNanos());
        }
        return true;
    }

    private void erase(Croft croft, CanaryDatabase shown) throws SQLException {
        for (CanaryOrg org : orgs) {
            shown.lookAtRows(org, calls.learned(org.number()));
        }
        files.look();
        CanaryOrg gone = orgs.getLast();
        calls.own(gone, () -> croft.orgs().erase(gone.context()));
        Waiting.until("the erased organisation's files to be gone", PATIENCE, () -> !files.hasTrash());
        watch.look(CanaryPlace.MEMORY, gone.number(), "the objects behind the Croft", remembered(gone, croft));
        shown.lookAtRows(gone, Set.of());
        gone.lookAround(croft, calls);
        step("the last one was erased");
    }

    /** What is remembered, as soon as nothing of an organisation is: what is to be stored stays for some seconds. */
    private String remembered(CanaryOrg gone, Croft croft) {
        long deadline = System.nanoTime() + FORGOTTEN_WITHIN.toNanos();
        while (true) {
            String text = remembered(croft);
            if (!text.isEmpty() && (System.nanoTime() > deadline
                    || watch.in(text).stream().noneMatch(canary -> canary.org() == gone.number()))) {
                return text;
            }
            LockSupport.parkNanos(LOOK_EVERY.toNanos());
        }
    }

    private static String remembered(Croft croft) {
        try {
            return ReachableText.from(croft);
        } catch (ConcurrentModificationException e) {
            return ""; // it is at work: it is looked at again
        }
    }

    /** A place in which nothing was looked into, or nothing found that must be there, proves nothing. */
    private void requireSeen(Map<CanaryPlace, CanaryWatch.Account> accounts) {
        accounts.forEach((place, account) -> {
            boolean canBeEmpty = place == CanaryPlace.TEMP_FILES;
            boolean hasCanaries = switch (place) {
                case THROWN, TEXT_FORMS, OWN_ANSWERS, OPERATORS, JOB_NEWS, ROWS, PRIVATE_INDEX, MARKET_INDEX,
                        PARAMETERS ->
                        true;
                case LOG, METRICS, FOREIGN_ANSWERS, OTHER_FILES, TEMP_FILES, STATEMENTS, SESSIONS, NOTIFICATIONS,
                        THREADS, MEMORY ->
                        false;
            };
            if ((account.bytes() == 0 && !canBeEmpty) || (account.allowed() == 0 && hasCanaries)) {
                faults.add("nothing was seen in " + place.shown() + ": " + account);
            }
        });
    }

    /** Makes leaks, one in each place, and sees them found; returns how many. */
    private int plant(CanaryDatabase shown) throws Exception {
        CanaryOrg one = orgs.get(0);
        String foreign = orgs.get(1).canary(Kind.TEXT).word();
        String secret = secrets.password().reveal();
        Path own = files.folderOf(one);
        Map<CanaryPlace, Plant> plants = new LinkedHashMap<>();
        plants.put(CanaryPlace.LOG, () -> {
            MDC.put("query", foreign);
            LOG.debug("a canary is in the context");
            MDC.remove("query");
        });
        plants.put(CanaryPlace.THROWN, () -> calls.own(one, () -> {
            IllegalStateException thrown = new IllegalStateException("outside");
            thrown.addSuppressed(new IllegalArgumentException("within " + foreign));
            throw thrown;
        }));
        plants.put(CanaryPlace.OWN_ANSWERS,
                () -> calls.own(one, () -> Optional.of(List.of(Map.of("text", foreign)))));
        plants.put(CanaryPlace.FOREIGN_ANSWERS,
                () -> calls.foreign(one, ForeignCall.DOCUMENT_FIND, "an id", () -> foreign));
        plants.put(CanaryPlace.TEXT_FORMS, () -> calls.own(one, () -> one.canary(Kind.TEXT)));
        plants.put(CanaryPlace.OPERATORS, () -> calls.operator(() -> List.of(foreign)));
        plants.put(CanaryPlace.PRIVATE_INDEX,
                () -> write(own.resolve("planted"), foreign, StandardCharsets.UTF_16));
        plants.put(CanaryPlace.MARKET_INDEX,
                () -> write(files.marketplace().resolve("planted"), foreign, StandardCharsets.UTF_8));
        plants.put(CanaryPlace.OTHER_FILES, () -> write(index.resolve("planted"),
                Base64.getEncoder().encodeToString(("a" + secret).getBytes(StandardCharsets.UTF_8)),
                StandardCharsets.UTF_8));
        plants.put(CanaryPlace.TEMP_FILES, () -> {
            try (TempFolder temporary = TempFolder.create()) {
                write(temporary.at("planted"), HexFormat.of().formatHex(secret.getBytes(StandardCharsets.UTF_8)),
                        StandardCharsets.UTF_8);
            }
        });
        plants.put(CanaryPlace.ROWS, () -> {
            shown.execute("UPDATE croft.document SET title = ? WHERE org_id = CAST(? AS uuid) AND NOT deleted", foreign,
                    one.context().org().toString());
            shown.lookAtRows(one, Set.of());
        });
        plants.put(CanaryPlace.STATEMENTS, () -> {
            shown.execute("SELECT '" + foreign + "'");
            shown.lookAtLog();
        });
        plants.put(CanaryPlace.PARAMETERS, () -> {
            shown.execute("SELECT CAST(? AS text)", secret);
            shown.lookAtLog();
        });
        plants.put(CanaryPlace.NOTIFICATIONS, () -> {
            shown.execute("NOTIFY croft_jobs, '" + foreign + "'");
            shown.lookAtSessions();
        });
        plants.put(CanaryPlace.SESSIONS, () -> {
            try (Connection other = database.connect(); Statement statement = other.createStatement()) {
                statement.execute("SET application_name = '" + foreign + "'");
                shown.lookAtSessions();
            }
        });
        plants.put(CanaryPlace.MEMORY, () -> watch.look(CanaryPlace.MEMORY, 1, "a planted object",
                ReachableText.from(Map.of("texts", List.of(Optional.of(foreign))))));
        for (Map.Entry<CanaryPlace, Plant> plant : plants.entrySet()) {
            long before = foreign(plant.getKey());
            plant.getValue().make();
            if (foreign(plant.getKey()) == before) {
                faults.add("a planted leak was not found in " + plant.getKey().shown());
            }
        }
        return plants.size();
    }

    private void write(Path file, String text, Charset charset) {
        CanaryFiles.write(file, text, charset);
        files.look();
    }

    private long foreign(CanaryPlace place) {
        return watch.accounts().getOrDefault(place, CanaryWatch.Account.NOTHING).foreign();
    }

    /** A leak to be made. */
    private interface Plant {

        void make() throws Exception;
    }

    private void each(Deed deed) throws Exception {
        try (ExecutorService pool = Executors.newFixedThreadPool(THREADS)) {
            List<Callable<Boolean>> parts = orgs.stream().<Callable<Boolean>>map(org -> () -> {
                deed.by(org);
                return true;
            }).toList();
            for (Future<Boolean> part : pool.invokeAll(parts)) {
                part.get();
            }
        }
    }

    /** What each organisation does. */
    private interface Deed {

        void by(CanaryOrg org) throws Exception;
    }

    private void step(String what) {
        System.out.printf(Locale.ROOT, "canaries: %6.1f s  %s; %d foreign so far%n", (System.nanoTime() - start) / 1e9,
                what, watch.accounts().values().stream().mapToLong(CanaryWatch.Account::foreign).sum());
    }
}
