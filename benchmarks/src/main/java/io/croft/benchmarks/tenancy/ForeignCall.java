package io.croft.benchmarks.tenancy;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.Role;
import io.croft.TenantContext;
import io.croft.benchmarks.tenancy.ForeignValues.Kind;
import io.croft.content.WriteReceipt;
import io.croft.guard.Operation;
import io.croft.intake.IngestReceipt;
import io.croft.job.After;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobListener;
import io.croft.job.JobRequest;
import io.croft.job.JobStatus;
import io.croft.search.SearchMode;
import io.croft.search.SearchQuery;
import io.croft.search.Source;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** The calls that take something by its id, name, key, cursor or token, each with one such parameter. */
enum ForeignCall {

    DOCUMENT_FIND(Operation.DOCUMENTS_FIND, Kind.DOCUMENT, 8,
            (croft, org, value) -> croft.documents().find(org, (String) value)),
    DOCUMENT_STATUS(Operation.DOCUMENTS_STATUS, Kind.DOCUMENT, 8,
            (croft, org, value) -> croft.documents().status(org, (String) value)),
    DOCUMENT_DELETE(Operation.DOCUMENTS_DELETE, Kind.DOCUMENT, 8,
            (croft, org, value) -> croft.documents().delete(org, (String) value)),
    LISTING_FIND(Operation.MARKETPLACE_FIND, Kind.LISTING, 8,
            (croft, org, value) -> croft.marketplace().find(org, (String) value)),
    LISTING_STATUS(Operation.MARKETPLACE_STATUS, Kind.LISTING, 8,
            (croft, org, value) -> croft.marketplace().status(org, (String) value)),
    LISTING_WITHDRAW(Operation.MARKETPLACE_WITHDRAW, Kind.LISTING, 8,
            (croft, org, value) -> croft.marketplace().withdraw(org, (String) value)),

    INGEST_STATUS(Operation.INGEST_STATUS, Kind.DOCUMENT, 8,
            (croft, org, value) -> croft.ingest().status(org, Source.PRIVATE, (String) value)),
    INGEST_WATCH(Operation.INGEST_WATCH, Kind.DOCUMENT, 4, (croft, org, value) -> {
        croft.ingest().watch(org, Source.PRIVATE, (String) value, status -> {
        }).close();
        return "watched";
    }),
    INGEST_AWAIT(Operation.INGEST_AWAIT, Kind.RECEIPT, 4, (croft, org, value) -> croft.ingest().await(org,
            new IngestReceipt((WriteReceipt) value, false), Duration.ZERO)),
    CRAWL_STATUS(Operation.INGEST_CRAWL_STATUS, Kind.CRAWL, 8,
            (croft, org, value) -> croft.ingest().crawlStatus(org, (String) value)),

    SEARCH_SIMILAR(Operation.SEARCH, Kind.DOCUMENT, 4, (croft, org, value) -> croft.search().search(org,
            SearchQuery.similarToDocument((String) value).sources(Set.of(Source.PRIVATE))).hits()),
    SEARCH_IN_GROUP(Operation.SEARCH, Kind.GROUP, 8,
            (croft, org, value) -> croft.search().search(inGroup(org, value), query()).hits()),
    DOCUMENTS_IN_GROUP(Operation.DOCUMENTS_FIND, Kind.GROUP, 8,
            (croft, org, value) -> croft.documents().find(inGroup(org, value), ForeignCall.OF_A_GROUP)),
    SEARCH_CURSOR(Operation.SEARCH, Kind.SEARCH_CURSOR, 30,
            (croft, org, value) -> croft.search().search(org, query().cursor((String) value)).hits()),
    SEARCH_AFTER(Operation.SEARCH, Kind.RECEIPT, 30,
            (croft, org, value) -> croft.search().search(org, query().after((WriteReceipt) value)).hits()),
    SEARCH_CLICKED(Operation.SEARCH_CLICKED, Kind.SEARCH_ID, 30, (croft, org, value) -> {
        croft.search().clicked(org, (UUID) value, Source.PRIVATE, 1);
        return "told";
    }),

    FLAG_IS_ON(Operation.FLAGS_IS_ON, Kind.FLAG, 8, (croft, org, value) -> croft.flags().isOn(org, (String) value)),

    JOB_FIND(Operation.JOBS_FIND, Kind.JOB, 8, (croft, org, value) -> croft.jobs().find(org, (JobId) value)),
    JOB_PARENTS(Operation.JOBS_PARENTS, Kind.JOB, 8, (croft, org, value) -> croft.jobs().parents(org, (JobId) value)),
    JOB_AWAIT(Operation.JOBS_AWAIT, Kind.JOB, 8,
            (croft, org, value) -> croft.jobs().await(org, (JobId) value, Duration.ZERO)),
    JOB_WATCH(Operation.JOBS_WATCH, Kind.JOB, 8, (croft, org, value) -> {
        croft.jobs().watch(org, (JobId) value, new Deaf()).close();
        return "watched";
    }),
    JOB_REDRIVE(Operation.JOBS_REDRIVE, Kind.JOB, 4,
            (croft, org, value) -> croft.jobs().admin().redrive(org, List.of((JobId) value))),
    JOB_CANCEL(Operation.JOBS_CANCEL, Kind.JOB, 4,
            (croft, org, value) -> croft.jobs().admin().cancel(org, List.of((JobId) value), "why")),
    JOB_DISCARD(Operation.JOBS_DISCARD, Kind.JOB, 4,
            (croft, org, value) -> croft.jobs().admin().discard(org, List.of((JobId) value), "why")),
    JOB_DEAD_LETTERS(Operation.JOBS_DEAD_LETTERS, Kind.JOB, 4, (croft, org, value) -> croft.jobs().admin()
            .deadLetters(org, Optional.of((JobId) value), 10).stream().allMatch(job -> job.org().equals(org.org()))),
    JOB_AFTER(Operation.JOBS_ENQUEUE, Kind.JOB, 2,
            (croft, org, value) -> croft.jobs().enqueue(org, later().withAfter(After.success((JobId) value)))),
    JOB_KEY(Operation.JOBS_ENQUEUE, Kind.KEY, 1,
            (croft, org, value) -> croft.jobs().enqueue(org, later().withKey((String) value))),

    SCHEDULE_FIND(Operation.SCHEDULES_FIND, Kind.SCHEDULE, 8,
            (croft, org, value) -> croft.jobs().schedules().find(org, (String) value)),
    SCHEDULE_PAUSE(Operation.SCHEDULES_PAUSE, Kind.SCHEDULE, 4,
            (croft, org, value) -> croft.jobs().schedules().pause(org, (String) value)),
    SCHEDULE_RESUME(Operation.SCHEDULES_RESUME, Kind.SCHEDULE, 4,
            (croft, org, value) -> croft.jobs().schedules().resume(org, (String) value)),
    SCHEDULE_REMOVE(Operation.SCHEDULES_REMOVE, Kind.SCHEDULE, 4,
            (croft, org, value) -> croft.jobs().schedules().remove(org, (String) value)),
    SCHEDULE_TRIGGER(Operation.SCHEDULES_TRIGGER, Kind.SCHEDULE, 4,
            (croft, org, value) -> croft.jobs().schedules().trigger(org, (String) value));

    /** The id of a document that each organisation has for some of its groups; of the shape of other names. */
    static final String OF_A_GROUP = "n-0f0a0e0d0c0b0a09";

    private final Operation operation;
    private final Kind kind;
    private final int weight;
    @SuppressWarnings("ImmutableEnumChecker") // calls that capture nothing
    private final Made made;

    ForeignCall(Operation operation, Kind kind, int weight, Made made) {
        this.operation = operation;
        this.kind = kind;
        this.weight = weight;
        this.made = made;
    }

    /** A call for an organisation that names a value. */
    @FunctionalInterface
    private interface Made {

        Object by(Croft croft, TenantContext org, Object value) throws InterruptedException;
    }

    /** As which it passes the gate. */
    Operation operation() {
        return operation;
    }

    /** What it takes. */
    Kind kind() {
        return kind;
    }

    /** How often it is made, beside the others: cheap ones more often. */
    int weight() {
        return weight;
    }

    /** Makes it; returns what it gave. */
    Object make(Croft croft, TenantContext org, Object value) throws InterruptedException {
        return made.by(croft, org, value);
    }

    /** A member of the organisation who is in this group. */
    private static TenantContext inGroup(TenantContext org, Object group) {
        return TenantContext.of(org.org(), Actor.user("member", Role.MEMBER).inGroups((String) group));
    }

    /** What the cursors are of. */
    static SearchQuery query() {
        return SearchQuery.of("common").mode(SearchMode.TEXT).sources(Set.of(Source.PRIVATE)).limit(1)
                .timeout(Duration.ofSeconds(30));
    }

    /** A job that does not run in a test's time. */
    static JobRequest later() {
        return JobRequest.of(JobKind.of("later", "later"), "{}").withDelay(Duration.ofDays(300));
    }

    /** Listens to nothing. */
    private static final class Deaf implements JobListener {

        @Override
        public void changed(JobStatus status) {
            // not told to anybody
        }

        @Override
        public void gone() {
            // not told to anybody
        }
    }
}
