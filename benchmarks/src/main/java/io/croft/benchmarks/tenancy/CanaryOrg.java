package io.croft.benchmarks.tenancy;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.OrgId;
import io.croft.Role;
import io.croft.TenantContext;
import io.croft.analytics.TextRetention;
import io.croft.audit.AuditFilter;
import io.croft.benchmarks.run.Waiting;
import io.croft.benchmarks.tenancy.Canary.Kind;
import io.croft.benchmarks.tenancy.CanaryCalls.Call;
import io.croft.content.Document;
import io.croft.content.Listing;
import io.croft.content.WriteReceipt;
import io.croft.flags.FlagSetting;
import io.croft.job.After;
import io.croft.job.DeadLetterFilter;
import io.croft.job.JobFilter;
import io.croft.job.JobFlow;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobListener;
import io.croft.job.JobRequest;
import io.croft.job.JobSchedule;
import io.croft.job.JobState;
import io.croft.job.JobStatus;
import io.croft.job.JobWatch;
import io.croft.job.LaneLimits;
import io.croft.search.Filter;
import io.croft.search.Hit;
import io.croft.search.SearchMode;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.zip.ZipInputStream;

/**
 * One organisation of the proof: its canaries, what it writes with them, and all that it asks for. Used by one thread.
 */
final class CanaryOrg {

    private static final int TEXTS = 4;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final int number;
    private final Map<Kind, Canary> canaries = new EnumMap<>(Kind.class);
    private final TenantContext context;
    private final ForeignValues values = new ForeignValues();
    private final List<JobId> jobs = new ArrayList<>();

    CanaryOrg(int number, SplittableRandom random) {
        this.number = number;
        for (Kind kind : Kind.values()) {
            canaries.put(kind, Canary.random(number, kind, random));
        }
        context = TenantContext.of(OrgId.named("canary-" + number), Actor.user(word(Kind.ACTOR), Role.ADMIN));
    }

    int number() {
        return number;
    }

    TenantContext context() {
        return context;
    }

    Collection<Canary> canaries() {
        return canaries.values();
    }

    Canary canary(Kind kind) {
        return Objects.requireNonNull(canaries.get(kind));
    }

    /** What others may name of it. */
    ForeignValues values() {
        return values;
    }

    private String word(Kind kind) {
        return canary(kind).word();
    }

    /** Writes documents, listings, jobs and schedules, and waits until all has been worked on. */
    void moveIn(Croft croft, CanaryCalls calls, Random random) {
        calls.own(this, () -> croft.orgs().create(context));
        calls.own(this, () -> {
            croft.analytics().keepTexts(context, TextRetention.KEEP);
            return "kept";
        });
        write(croft, calls);
        work(croft, calls);
        schedule(croft, calls);
        flag(croft, calls);
        values.deleted(ForeignValues.Kind.DOCUMENT, word(Kind.DOCUMENT_ID) + "-gone");
        values.live(ForeignValues.Kind.GROUP, "crew-of-" + number);
        values.deleted(ForeignValues.Kind.GROUP, "old-crew-of-" + number);
        values.deleted(ForeignValues.Kind.SEARCH_ID, ForeignValues.unknown(ForeignValues.Kind.SEARCH_ID, random));
        values.deleted(ForeignValues.Kind.SEARCH_CURSOR,
                ForeignValues.unknown(ForeignValues.Kind.SEARCH_CURSOR, random));
    }

    private void write(Croft croft, CanaryCalls calls) {
        List<Document> documents = new ArrayList<>();
        List<Listing> listings = new ArrayList<>();
        for (int i = 0; i < TEXTS; i++) {
            documents.add(Document.text(word(Kind.DOCUMENT_ID) + "-" + i,
                    word(Kind.TEXT) + " is a common text about saddle care, number " + i)
                    .withTitle(word(Kind.TITLE) + " saddle " + i).withField("owner", word(Kind.FIELD))
                    .withField("tags", List.of(word(Kind.TAG), "common")));
            listings.add(Listing.of(word(Kind.LISTING_ID) + "-" + i,
                    word(Kind.LISTING_TEXT) + " is a common offer of a saddle, number " + i)
                    .withTitle(word(Kind.LISTING_TITLE) + " offer " + i).withField("owner", word(Kind.LISTING_FIELD)));
        }
        List<WriteReceipt> receipts = new ArrayList<>();
        calls.own(this, () -> croft.documents().putAll(context, documents)).ifPresent(receipts::addAll);
        calls.own(this, () -> croft.marketplace().publishAll(context, listings)).ifPresent(receipts::addAll);
        calls.own(this, () -> croft.documents().put(context, Document.text(word(Kind.DOCUMENT_ID) + "-crew",
                word(Kind.TEXT) + " is a text about saddle care for the crew")
                .withGroups(List.of("crew-of-" + number)))).ifPresent(receipts::add);
        // An embedder's failure repeats the text.
        calls.own(this, () -> croft.documents().put(context, Document.text(word(Kind.DOCUMENT_ID) + "-sick",
                CanaryHost.UNEMBEDDABLE + " " + word(Kind.TEXT))));
        Waiting.untilVisible(croft, context, receipts, PATIENCE);
        values.live(ForeignValues.Kind.RECEIPT, receipts.getFirst());
        values.live(ForeignValues.Kind.DOCUMENT, documents.getFirst().id());
        values.live(ForeignValues.Kind.LISTING, listings.getFirst().id());
        calls.own(this, () -> croft.documents().delete(context, documents.getLast().id()));
        calls.own(this, () -> croft.marketplace().withdraw(context, listings.getLast().id()));
        values.deleted(ForeignValues.Kind.LISTING, listings.getLast().id());
        values.deleted(ForeignValues.Kind.RECEIPT, receipts.get(TEXTS - 1));
    }

    private void work(Croft croft, CanaryCalls calls) {
        calls.own(this, () -> {
            croft.jobs().admin().setLimits(context, CanaryHost.QUEUE, LaneLimits.maxRunning(3));
            return "set";
        });
        for (JobKind kind : CanaryHost.KINDS) {
            calls.own(this, () -> croft.jobs().enqueue(context, request(kind).withTags(word(Kind.JOB_TAG))
                    .withKey(word(Kind.JOB_KEY) + "-" + kind.name()))).ifPresent(receipt -> jobs.add(receipt.id()));
        }
        calls.own(this, () -> croft.jobs().enqueueFlow(context, JobFlow.of("first", request(CanaryHost.WORK))
                .with("second", request(CanaryHost.WORK).withAfter(After.success("first")))))
                .ifPresent(flow -> flow.jobs().values().forEach(receipt -> jobs.add(receipt.id())));
        for (JobId id : jobs) {
            JobWatch watch = croft.jobs().watch(context, id, new Listener(calls));
            try {
                calls.own(this, () -> croft.jobs().await(context, id, PATIENCE));
            } finally {
                watch.close();
            }
        }
        JobId later = croft.jobs().enqueue(context, ForeignCall.later().withKey(word(Kind.JOB_KEY) + "-later")).id();
        values.live(ForeignValues.Kind.JOB, later);
        values.live(ForeignValues.Kind.KEY, word(Kind.JOB_KEY) + "-later");
        values.deleted(ForeignValues.Kind.KEY, word(Kind.JOB_KEY) + "-gone");
        JobId gone = croft.jobs().enqueue(context, ForeignCall.later()).id();
        calls.own(this, () -> croft.jobs().admin().cancel(context, List.of(gone), word(Kind.REASON)));
        values.deleted(ForeignValues.Kind.JOB, gone);
    }

    private JobRequest request(JobKind kind) {
        return JobRequest.of(kind, "{\"payload\": \"" + word(Kind.PAYLOAD) + "\", \"result\": \"" + word(Kind.RESULT)
                + "\", \"error\": \"" + word(Kind.ERROR) + "\", \"progress\": \"" + word(Kind.PROGRESS)
                + "\", \"reason\": \"" + word(Kind.REASON) + "\"}");
    }

    private void schedule(Croft croft, CanaryCalls calls) {
        JobSchedule seldom = JobSchedule.every(Duration.ofDays(300));
        JobRequest job = request(CanaryHost.WORK).withTags(word(Kind.JOB_TAG));
        for (String end : List.of("", "-gone")) {
            calls.own(this, () -> croft.jobs().schedules().put(context, word(Kind.SCHEDULE) + end, seldom, job));
        }
        calls.own(this, () -> croft.jobs().schedules().trigger(context, word(Kind.SCHEDULE)));
        calls.own(this, () -> croft.jobs().schedules().remove(context, word(Kind.SCHEDULE) + "-gone"));
        values.live(ForeignValues.Kind.SCHEDULE, word(Kind.SCHEDULE));
        values.deleted(ForeignValues.Kind.SCHEDULE, word(Kind.SCHEDULE) + "-gone");
    }

    /** An operator sets what is on for it, and what no longer is. */
    private void flag(Croft croft, CanaryCalls calls) {
        TenantContext operator = TenantContext.of(context.org(), Actor.superAdmin("operator"));
        String live = "flag_of_" + number;
        String gone = "old_flag_of_" + number;
        calls.operator(() -> {
            croft.flags().set(operator, live, FlagSetting.ON);
            croft.flags().set(operator, gone, FlagSetting.ON);
            croft.flags().set(operator, gone, FlagSetting.UNSET);
            return croft.flags().settings(operator);
        });
        values.live(ForeignValues.Kind.FLAG, live);
        values.deleted(ForeignValues.Kind.FLAG, gone);
    }

    /** Asks for all that it can be told. */
    void lookAround(Croft croft, CanaryCalls calls) {
        search(croft, calls);
        List<Call<?>> asked = new ArrayList<>(List.of(
                () -> croft.orgs().find(context.org()), () -> croft.orgs().summary(context),
                () -> croft.documents().find(context, word(Kind.DOCUMENT_ID) + "-0"),
                () -> croft.documents().status(context, word(Kind.DOCUMENT_ID) + "-sick"),
                () -> croft.marketplace().find(context, word(Kind.LISTING_ID) + "-0"),
                () -> croft.marketplace().status(context, word(Kind.LISTING_ID) + "-0"),
                () -> croft.search().lag(context),
                () -> croft.flags().settings(context),
                () -> croft.jobs().schedules().find(context, word(Kind.SCHEDULE)),
                () -> croft.jobs().schedules().list(context, Optional.empty(), 100),
                () -> croft.jobs().admin().list(context, JobFilter.ALL, Optional.empty(), 100),
                () -> croft.jobs().admin().list(context, JobFilter.ALL.withTag(word(Kind.JOB_TAG)), Optional.empty(),
                        100),
                () -> croft.jobs().admin().deadLetters(context, Optional.empty(), 100),
                () -> croft.jobs().admin().counts(context), () -> croft.jobs().admin().lanes(context),
                () -> croft.jobs().admin().limits(context, CanaryHost.QUEUE),
                () -> croft.jobs().admin().stats(context, Instant.now().minusSeconds(3600), Instant.now()),
                () -> croft.jobs().admin().unhandledKinds(),
                () -> croft.jobs().admin().redrive(context, DeadLetterFilter.ALL.withKind(CanaryHost.FAIL.name()),
                        1000),
                () -> croft.analytics().report(context, Instant.now().minusSeconds(3600),
                        Instant.now().plusSeconds(60)),
                () -> croft.audit().list(context, AuditFilter.ALL, Optional.empty(), 100),
                () -> croft.orgs().quotas(context), () -> exported(croft)));
        jobs.forEach(id -> asked.add(() -> croft.jobs().find(context, id)));
        jobs.forEach(id -> asked.add(() -> croft.jobs().parents(context, id)));
        asked.forEach(call -> calls.own(this, call));
    }

    /** The text of all files of an export. */
    private String exported(Croft croft) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        croft.orgs().export(context, bytes);
        StringBuilder text = new StringBuilder();
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            while (zip.getNextEntry() != null) {
                text.append(new String(zip.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
        return text.toString();
    }

    private void search(Croft croft, CanaryCalls calls) {
        for (SearchMode mode : SearchMode.values()) {
            SearchQuery query = SearchQuery.of(word(Kind.QUERY) + " common saddle").mode(mode).limit(2)
                    .facet("owner", 20).facet("tags", 20).timeout(PATIENCE);
            Optional<SearchResults> first = calls.own(this, () -> croft.search().search(context, query));
            first.flatMap(SearchResults::nextCursor).ifPresent(cursor -> {
                values.live(ForeignValues.Kind.SEARCH_CURSOR, cursor);
                calls.own(this, () -> croft.search().search(context, query.cursor(cursor)));
            });
            first.filter(results -> !results.hits().isEmpty()).ifPresent(results -> {
                values.live(ForeignValues.Kind.SEARCH_ID, results.id());
                Hit hit = results.hits().getFirst();
                calls.own(this, () -> {
                    croft.search().clicked(context, results, hit);
                    return hit.snippetHtml();
                });
                calls.own(this, () -> croft.search().search(context, SearchQuery.similarTo(hit).timeout(PATIENCE)));
            });
        }
        for (Filter filter : List.of(Filter.equals("owner", word(Kind.FIELD)), Filter.equals("tags", word(Kind.TAG)),
                Filter.prefix("owner", word(Kind.FIELD)), Filter.not(Filter.equals("owner", word(Kind.FIELD))))) {
            calls.own(this, () -> croft.search().search(context,
                    SearchQuery.of("common").filter(filter).limit(50).timeout(PATIENCE)));
        }
        // Hosts' own parts that fail, and say with which texts.
        for (String bad : List.of(CanaryHost.UNEMBEDDABLE, CanaryHost.UNRANKABLE)) {
            calls.own(this, () -> croft.search().search(context,
                    SearchQuery.of(bad + " " + word(Kind.QUERY) + " common").timeout(PATIENCE)));
        }
    }

    /** Calls that are refused, with canaries in whatever is wrong about them. */
    void err(Croft croft, CanaryCalls calls) {
        String wrong = word(Kind.REFUSED);
        JobSchedule seldom = JobSchedule.every(Duration.ofDays(300));
        List<Call<?>> refused = List.of(
                () -> Document.text(wrong + "\n", "x"), () -> Document.text("d", wrong + "\u0000"),
                () -> Document.text("d", " ").withTitle(wrong),
                () -> Document.text("d", "x").withField(wrong + "\u0007", wrong),
                () -> croft.documents().put(context, Document.text(wrong.repeat(20), "x")),
                () -> croft.documents().put(context, Document.text("d", (wrong + " ").repeat(10_000))),
                () -> croft.documents().put(context, Document.text("d", "x").withField("price", wrong)),
                () -> croft.documents().put(context, Document.text("d", "x").withField("since", wrong)),
                () -> croft.documents().put(context, Document.text("d", "x").withField("open", wrong)),
                () -> croft.documents().put(context, Document.text("d", "x").withField("undeclared", wrong)),
                () -> croft.documents().put(context, Document.text("d", "x").withField("owner", wrong.repeat(2000))),
                () -> croft.documents().find(context, wrong + "\u0000"),
                () -> croft.marketplace().publish(context, Listing.of("l", wrong + "\ud800")),
                () -> croft.marketplace().publish(context, Listing.of("l", "x").withField("price", wrong)),
                () -> croft.jobs().enqueue(context, JobRequest.of(CanaryHost.WORK, wrong)),
                () -> croft.jobs().enqueue(context, JobRequest.of(CanaryHost.WORK, "{\"a\": " + wrong + "}")),
                () -> croft.jobs().enqueue(context,
                        JobRequest.of(CanaryHost.WORK, "{\"" + wrong + "\": \"\\u0000\"}")),
                () -> croft.jobs().enqueue(context, JobRequest.of(CanaryHost.WORK, "{\"" + wrong + "\": 1e9999}")),
                () -> croft.jobs().enqueue(context, JobRequest.of(CanaryHost.WORK, "{\"" + wrong + "\": 1} 2")),
                () -> croft.jobs().enqueue(context,
                        JobRequest.of(CanaryHost.WORK, "{\"a\": \"" + wrong.repeat(20_000) + "\"}")),
                () -> croft.jobs().enqueue(context, JobRequest.of(CanaryHost.WORK, "{}").withKey(wrong.repeat(20))),
                () -> croft.jobs().enqueue(context, JobRequest.of(CanaryHost.WORK, "{}").withKey(wrong + "\n")),
                () -> croft.jobs().enqueue(context, JobRequest.of(CanaryHost.WORK, "{}").withTags(wrong.repeat(10))),
                () -> croft.jobs().enqueue(context, JobRequest.of(CanaryHost.WORK, "{}").withTags(wrong + "\t")),
                () -> croft.jobs().schedules().put(context, wrong.repeat(20), seldom, request(CanaryHost.WORK)),
                () -> croft.jobs().schedules().put(context, "s", seldom, JobRequest.of(CanaryHost.WORK, wrong)),
                () -> croft.jobs().schedules().put(context, "s", seldom, request(CanaryHost.WORK).withKey(wrong)),
                () -> croft.jobs().admin().list(context, JobFilter.ALL, Optional.of(wrong), 10),
                () -> croft.audit().list(context, AuditFilter.ALL, Optional.of(wrong), 10),
                () -> croft.search().search(context, SearchQuery.of((wrong + " ").repeat(300))),
                () -> croft.search().search(context, SearchQuery.of("common").cursor(wrong)),
                () -> croft.search().search(context,
                        SearchQuery.of("common").filter(Filter.equals("undeclared", wrong))),
                () -> croft.search().search(context, SearchQuery.of("common").filter(Filter.equals("price", wrong))),
                () -> croft.search().search(context,
                        SearchQuery.of("common").filter(Filter.equals("owner", wrong + "\ud800"))),
                () -> croft.search().search(context, SearchQuery.similarToDocument(wrong + "\n")),
                () -> Actor.user(wrong + "\n", Role.MEMBER),
                () -> croft.orgs().suspend(context));
        refused.forEach(call -> calls.own(this, call));
    }

    /** Looks into what is told, and fails with it. */
    private final class Listener implements JobListener {

        private final CanaryCalls calls;

        Listener(CanaryCalls calls) {
            this.calls = calls;
        }

        @Override
        public void changed(JobStatus status) {
            DeepText told = DeepText.in(status);
            calls.heard(CanaryOrg.this, told);
            if (status.state() == JobState.COMPLETED || status.progress().isPresent()) {
                throw new IllegalStateException("cannot bear " + told.content() + word(Kind.PROGRESS));
            }
        }
    }
}
