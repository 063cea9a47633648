package io.croft.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.Actor;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.StoreUnavailableException;
import io.croft.TenantContext;
import io.croft.UnknownOrgException;
import io.croft.job.After;
import io.croft.job.Job;
import io.croft.job.JobContext;
import io.croft.job.JobFlow;
import io.croft.job.JobHandler;
import io.croft.job.JobId;
import io.croft.job.JobKey;
import io.croft.job.JobKind;
import io.croft.job.JobParent;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.job.JobSchedule;
import io.croft.job.JobState;
import io.croft.job.JobStats;
import io.croft.job.LaneLimits;
import io.croft.job.RateLimit;
import io.croft.job.RetryPolicy;
import io.croft.testing.Drained.Left;
import io.croft.testing.Ran.End;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InMemoryJobsTest {

    private static final JobKind MAIL = JobKind.of("mail.send", "mail")
            .withRetry(RetryPolicy.fixed(Duration.ofMinutes(1)).withMaxAttempts(3));
    private static final JobKind CRAWL = JobKind.of("site.crawl", "crawl").withRetry(RetryPolicy.attempts(1));
    private static final JobHandler DONE = job -> JobResult.completed();

    private final List<InMemoryJobs> opened = new ArrayList<>();

    @AfterEach
    void close() {
        opened.forEach(InMemoryJobs::close);
        assertThat(Thread.getAllStackTraces().keySet()).as("threads that are left")
                .noneMatch(thread -> thread.getName().startsWith("croft-"));
    }

    private InMemoryJobs open(InMemoryJobs.Builder builder) {
        InMemoryJobs jobs = builder.build();
        opened.add(jobs);
        return jobs;
    }

    private InMemoryJobs open(JobKind kind, JobHandler handler) {
        return open(InMemoryJobs.builder().handler(kind, handler));
    }

    private static JobId enqueue(InMemoryJobs jobs, TenantContext org, JobKind kind) {
        return jobs.queue().enqueue(org, JobRequest.of(kind, "{}")).id();
    }

    @Test
    void enqueued_tellsWhatCodeUnderTestEnqueued() {
        InMemoryJobs jobs = open(InMemoryJobs.builder());
        TenantContext acme = jobs.createOrg("acme");
        TenantContext other = jobs.createOrg("other");

        jobs.queue().enqueue(acme, JobRequest.of(MAIL, "{\"to\":\"ada\"}").withTags(List.of("welcome")));
        enqueue(jobs, other, MAIL);
        enqueue(jobs, acme, CRAWL);

        assertThat(jobs.enqueued()).extracting(Job::kind).containsExactly("mail.send", "mail.send", "site.crawl");
        assertThat(jobs.enqueued(acme.org())).extracting(Job::kind).containsExactly("mail.send", "site.crawl");
        assertThat(jobs.enqueued(MAIL).getFirst()).satisfies(job -> {
            assertThat(job.payload()).isEqualTo("{\"to\":\"ada\"}");
            assertThat(job.tags()).containsExactly("welcome");
            assertThat(job.state()).isEqualTo(JobState.READY);
            assertThat(job.createdAt()).isEqualTo(jobs.now());
        });
    }

    @Test
    void organisation_isNotImplied() {
        InMemoryJobs jobs = open(InMemoryJobs.builder());
        TenantContext unknown = TenantContext.of(OrgId.named("unknown"), Actor.service("test"));

        assertThatThrownBy(() -> enqueue(jobs, unknown, MAIL)).isInstanceOf(UnknownOrgException.class);

        jobs.orgs().create(unknown);
        enqueue(jobs, unknown, MAIL);
        jobs.orgs().erase(unknown);

        assertThat(jobs.enqueued()).isEmpty();
    }

    @Test
    void drain_runsWhatIsDueOnTheThreadThatCalls() {
        AtomicReference<Thread> ranOn = new AtomicReference<>();
        InMemoryJobs jobs = open(MAIL, job -> {
            ranOn.set(Thread.currentThread());
            return JobResult.completed("\"sent\"");
        });
        JobId id = enqueue(jobs, jobs.createOrg("acme"), MAIL);

        Drained drained = jobs.drain();

        assertThat(ranOn).hasValue(Thread.currentThread());
        assertThat(drained.completed()).singleElement().satisfies(ran -> {
            assertThat(ran.id()).isEqualTo(id);
            assertThat(ran.attempt()).isEqualTo(1);
            assertThat(ran.thrown()).isEmpty();
        });
        assertThat(jobs.job(id).result()).contains("\"sent\"");
        assertThat(jobs.drain().ran()).as("of a second drain").isEmpty();
    }

    @Test
    void drain_runsWhatJobsEnqueueAndWhatWaitsForThem() {
        AtomicReference<InMemoryJobs> itself = new AtomicReference<>();
        InMemoryJobs jobs = open(InMemoryJobs.builder().handler(MAIL, DONE).handler(CRAWL, job -> {
            itself.get().queue().enqueue(job.tenant(), JobRequest.of(MAIL, "{}"));
            return JobResult.completed("7");
        }));
        itself.set(jobs);
        TenantContext acme = jobs.createOrg("acme");
        jobs.queue().enqueueFlow(acme, JobFlow.of("crawl", JobRequest.of(CRAWL, "{}"))
                .with("tell", JobRequest.of(MAIL, "{}").withAfter(List.of(After.success("crawl")))));

        Drained drained = jobs.drain().orThrow();

        assertThat(drained.completed()).extracting(Ran::kind).containsExactlyInAnyOrder("site.crawl", "mail.send",
                "mail.send");
        assertThat(drained.ran().getFirst().kind()).isEqualTo("site.crawl");
    }

    @Test
    void parentResult_isThereForWhatComesAfter() {
        List<Optional<String>> results = new ArrayList<>();
        InMemoryJobs jobs = open(InMemoryJobs.builder().handler(CRAWL, job -> JobResult.completed("7"))
                .handler(MAIL, job -> {
                    for (JobParent parent : job.parents().list()) {
                        results.add(job.parentResult(parent));
                    }
                    return JobResult.completed();
                }));
        jobs.queue().enqueueFlow(jobs.createOrg("acme"), JobFlow.of("crawl", JobRequest.of(CRAWL, "{}"))
                .with("tell", JobRequest.of(MAIL, "{}").withAfter(List.of(After.success("crawl")))));

        jobs.drain().orThrow();

        assertThat(results).containsExactly(Optional.of("7"));
    }

    @Test
    void drain_ofSome_leavesTheOthers() {
        InMemoryJobs jobs = open(InMemoryJobs.builder().handler(MAIL, DONE).handler(CRAWL, DONE));
        TenantContext acme = jobs.createOrg("acme");
        TenantContext other = jobs.createOrg("other");
        for (TenantContext org : List.of(acme, other)) {
            enqueue(jobs, org, MAIL);
            enqueue(jobs, org, CRAWL);
        }

        Drained one = jobs.drain(Drain.ALL.withOrg(acme.org()).withKind(MAIL));
        Drained two = jobs.drain(Drain.ALL.withQueue("crawl"));
        Drained three = jobs.drain();

        assertThat(one.completed()).singleElement().satisfies(ran -> {
            assertThat(ran.org()).isEqualTo(acme.org());
            assertThat(ran.kind()).isEqualTo("mail.send");
        });
        assertThat(one.left()).isEmpty();
        assertThat(two.completed()).extracting(Ran::kind).containsExactly("site.crawl", "site.crawl");
        assertThat(three.completed()).extracting(Ran::org).containsExactly(other.org());
    }

    @Test
    void jobThatEnqueuesItsLike_meetsTheLimit() {
        AtomicReference<InMemoryJobs> itself = new AtomicReference<>();
        InMemoryJobs jobs = open(MAIL, job -> {
            itself.get().queue().enqueue(job.tenant(), JobRequest.of(MAIL, "{}"));
            return JobResult.completed();
        });
        itself.set(jobs);
        enqueue(jobs, jobs.createOrg("acme"), MAIL);

        assertThatThrownBy(() -> jobs.drain(Drain.ALL.withLimit(50))).isInstanceOfSatisfying(DrainException.class,
                thrown -> {
                    assertThat(thrown).hasMessageContaining("after 50 attempts")
                            .hasMessageContaining("50 of kind mail.send").hasMessageContaining("withLimit");
                    assertThat(thrown.drained().completed()).hasSize(50);
                });
        assertThat(jobs.enqueued(MAIL)).hasSize(51);
    }

    @Test
    void asManyJobsAsTheLimit_areNotTooMany() {
        InMemoryJobs jobs = open(MAIL, DONE);
        jobs.queue().enqueueAll(jobs.createOrg("acme"), Collections.nCopies(5, JobRequest.of(MAIL, "{}")));

        assertThat(jobs.drain(Drain.ALL.withLimit(5)).completed()).hasSize(5);
    }

    @Test
    void failure_isRetriedWhenItsTimeHasComeAndDiesInTheEnd() {
        IllegalStateException broken = new IllegalStateException("no server");
        InMemoryJobs jobs = open(MAIL, job -> {
            throw broken;
        });
        JobId id = enqueue(jobs, jobs.createOrg("acme"), MAIL);

        Drained first = jobs.drain();
        Drained early = jobs.drain();
        jobs.advance(Duration.ofMinutes(1));
        Drained second = jobs.drain();
        jobs.advance(Duration.ofMinutes(1));
        Drained third = jobs.drain();

        assertThat(first.retried()).singleElement().satisfies(ran -> assertThat(ran.thrown()).containsSame(broken));
        assertThat(early.ran()).isEmpty();
        assertThat(second.retried()).extracting(Ran::attempt).containsExactly(2);
        assertThat(third.died()).extracting(Ran::attempt).containsExactly(3);
        assertThat(jobs.job(id).state()).isEqualTo(JobState.DEAD);
        assertThat(jobs.job(id).error().orElseThrow().message()).isEqualTo("no server");
        assertThatThrownBy(third::orThrow).isInstanceOf(DrainException.class).hasCause(broken)
                .hasMessageContaining("1 of 1 attempts failed").hasMessageContaining("mail.send");
    }

    @Test
    void drainFor_runsEachJobAtItsTime() {
        List<Instant> times = new ArrayList<>();
        AtomicReference<InMemoryJobs> itself = new AtomicReference<>();
        InMemoryJobs jobs = open(MAIL, job -> {
            times.add(itself.get().now());
            throw new IllegalStateException("not yet");
        });
        itself.set(jobs);
        Instant start = jobs.now();
        jobs.queue().enqueue(jobs.createOrg("acme"), JobRequest.of(MAIL, "{}").withDelay(Duration.ofSeconds(30)));

        Drained drained = jobs.drainFor(Duration.ofHours(1));

        assertThat(times).containsExactly(start.plusSeconds(30), start.plusSeconds(90), start.plusSeconds(150));
        assertThat(drained.died()).hasSize(1);
        assertThat(jobs.now()).isEqualTo(start.plus(Duration.ofHours(1)));
    }

    @Test
    void schedule_firesAtEachOfItsTimesOnlyIfTheyComeOneByOne() {
        Instant midnight = Instant.parse("2026-03-01T00:00:00Z");
        AtomicInteger ran = new AtomicInteger();
        InMemoryJobs jobs = open(InMemoryJobs.builder().startingAt(midnight).handler(MAIL, job -> {
            ran.incrementAndGet();
            return JobResult.completed();
        }));
        TenantContext acme = jobs.createOrg("acme");
        jobs.queue().schedules().put(acme, "hourly", JobSchedule.cron("30 * * * *", ZoneOffset.UTC),
                JobRequest.of(MAIL, "{}"));

        jobs.drainFor(Duration.ofHours(24)).orThrow();

        assertThat(ran).hasValue(24);

        jobs.advance(Duration.ofHours(24));
        jobs.drain().orThrow();

        assertThat(ran).as("with those missed made up for once").hasValue(25);
    }

    @Test
    void globalSchedule_enqueuesForEveryOrganisation() {
        InMemoryJobs jobs = open(MAIL, DONE);
        jobs.createOrg("acme");
        jobs.createOrg("other");
        jobs.queue().schedules().global().put(Actor.superAdmin("ops"), "daily",
                JobSchedule.every(Duration.ofDays(1)), JobRequest.of(MAIL, "{}"));

        Drained drained = jobs.drainFor(Duration.ofDays(1).plusMinutes(1)).orThrow();

        assertThat(drained.completed()).extracting(Ran::org).containsExactlyInAnyOrder(OrgId.named("acme"),
                OrgId.named("other"));
    }

    @Test
    void snoozeAndCancel_areTold() {
        InMemoryJobs jobs = open(InMemoryJobs.builder()
                .handler(MAIL, job -> JobResult.snooze(Duration.ofMinutes(5)))
                .handler(CRAWL, job -> JobResult.cancel("no such site")));
        TenantContext acme = jobs.createOrg("acme");
        JobId mail = enqueue(jobs, acme, MAIL);
        JobId crawl = enqueue(jobs, acme, CRAWL);

        Drained drained = jobs.drain().orThrow();

        assertThat(drained.ran(End.SNOOZED)).extracting(Ran::id).containsExactly(mail);
        assertThat(drained.ran(End.CANCELLED)).extracting(Ran::id).containsExactly(crawl);
        assertThat(jobs.job(mail).attempts()).as("not counted").isZero();
        assertThat(jobs.job(crawl).note()).contains("no such site");
    }

    @Test
    void deadlinePassed_cancelsWithoutItsHandler() {
        AtomicInteger called = new AtomicInteger();
        InMemoryJobs jobs = open(MAIL, job -> {
            called.incrementAndGet();
            return JobResult.completed();
        });
        JobId id = jobs.queue().enqueue(jobs.createOrg("acme"), JobRequest.of(MAIL, "{}")
                .withDeadline(jobs.now().plusSeconds(60))).id();
        jobs.advance(Duration.ofMinutes(2));

        Drained drained = jobs.drain();

        assertThat(drained.ran(End.CANCELLED)).hasSize(1);
        assertThat(called).hasValue(0);
        assertThat(jobs.job(id).note().orElseThrow()).contains("had passed before its turn came");
    }

    @Test
    void batchHandler_getsJobsOfOneOrganisationAndKindTogether() {
        List<Integer> sizes = new ArrayList<>();
        InMemoryJobs jobs = open(MAIL, JobHandler.batched(10, batch -> {
            assertThat(batch.stream().map(job -> job.tenant().org()).distinct()).hasSize(1);
            sizes.add(batch.size());
            return batch.stream().collect(Collectors.toMap(JobContext::id, job -> JobResult.completed()));
        }));
        TenantContext acme = jobs.createOrg("acme");
        TenantContext other = jobs.createOrg("other");
        jobs.queue().admin().setLimits(acme, "mail", LaneLimits.maxRunning(8));
        jobs.queue().enqueueAll(acme, Collections.nCopies(12, JobRequest.of(MAIL, "{}")));
        enqueue(jobs, other, MAIL);

        Drained drained = jobs.drain().orThrow();

        assertThat(drained.completed()).hasSize(13);
        assertThat(sizes).as("no larger than the organisation's limit").containsExactlyInAnyOrder(8, 4, 1);
    }

    @Test
    void batchHandler_getsNoJobsOfAnotherKind() {
        JobKind letter = JobKind.of("letter.send", MAIL.queue());
        List<String> mails = new ArrayList<>();
        List<String> letters = new ArrayList<>();
        InMemoryJobs jobs = open(InMemoryJobs.builder().handler(MAIL, collecting(mails))
                .handler(letter, collecting(letters)));
        TenantContext acme = jobs.createOrg("acme");
        for (int i = 0; i < 2; i++) {
            jobs.queue().enqueue(acme, JobRequest.of(MAIL, "{\"mail\":" + i + "}"));
            jobs.queue().enqueue(acme, JobRequest.of(letter, "{\"letter\":" + i + "}"));
        }

        assertThat(jobs.drain().orThrow().completed()).hasSize(4);

        assertThat(mails).containsExactly("{\"mail\":0}", "{\"mail\":1}");
        assertThat(letters).containsExactly("{\"letter\":0}", "{\"letter\":1}");
    }

    private static JobHandler collecting(List<String> payloads) {
        return JobHandler.batched(10, batch -> {
            batch.forEach(job -> payloads.add(job.payload()));
            return batch.stream().collect(Collectors.toMap(JobContext::id, job -> JobResult.completed()));
        });
    }

    @Test
    void limit_holdsForBatchesToo() {
        InMemoryJobs jobs = open(MAIL, collecting(new ArrayList<>()));
        TenantContext acme = jobs.createOrg("acme");
        jobs.queue().admin().setLimits(acme, "mail", LaneLimits.maxRunning(8));
        jobs.queue().enqueueAll(acme, Collections.nCopies(12, JobRequest.of(MAIL, "{}")));

        assertThatThrownBy(() -> jobs.drain(Drain.ALL.withLimit(10))).isInstanceOfSatisfying(DrainException.class,
                thrown -> assertThat(thrown.drained().completed()).hasSize(10));
    }

    /** A schedule can move the clock on though nothing that is wanted runs. */
    @Test
    void drainFor_meetsTheLimitByItsStepsToo() {
        InMemoryJobs jobs = open(MAIL, DONE);
        jobs.queue().schedules().put(jobs.createOrg("acme"), "often", JobSchedule.every(Duration.ofMinutes(1)),
                JobRequest.of(MAIL, "{}"));
        Drain ofAnother = Drain.ALL.withOrg(jobs.createOrg("other").org()).withLimit(5);
        Instant start = jobs.now();

        assertThatThrownBy(() -> jobs.drainFor(Duration.ofHours(1), ofAnother)).isInstanceOf(DrainException.class)
                .hasMessageContaining("the clock was moved on 5 times");

        assertThat(jobs.now()).isBetween(start.plus(Duration.ofMinutes(5)), start.plus(Duration.ofMinutes(7)));
        assertThat(jobs.drainFor(Duration.ofMinutes(3), ofAnother).ran()).isEmpty();
    }

    @Test
    void jobThatEndedLongAgo_isForgottenByTheNextDrain() {
        InMemoryJobs jobs = open(MAIL, DONE);
        TenantContext acme = jobs.createOrg("acme");
        JobId id = enqueue(jobs, acme, MAIL);
        jobs.drain().orThrow();

        jobs.advance(Duration.ofDays(3650));
        assertThat(jobs.queue().find(acme, id)).isPresent();
        jobs.drain().orThrow();

        assertThat(jobs.queue().find(acme, id)).isEmpty();
        assertThat(jobs.enqueued()).isEmpty();
    }

    @Test
    void drainFor_runsWhatARateLimitHoldsBackAsSoonAsThatMay() {
        List<Long> minutes = new ArrayList<>();
        AtomicReference<InMemoryJobs> itself = new AtomicReference<>();
        Instant start = Instant.parse("2026-03-01T00:00:00Z");
        InMemoryJobs jobs = open(InMemoryJobs.builder().startingAt(start).handler(MAIL, job -> {
            minutes.add(Duration.between(start, itself.get().now().plusSeconds(1)).toMinutes());
            return JobResult.completed();
        }));
        itself.set(jobs);
        TenantContext acme = jobs.createOrg("acme");
        jobs.queue().admin().setLimits(acme, "mail", LaneLimits.DEFAULT
                .withRate(RateLimit.of(1, Duration.ofMinutes(1)).withBurst(1)));
        jobs.queue().enqueueAll(acme, Collections.nCopies(4, JobRequest.of(MAIL, "{}")));

        jobs.drainFor(Duration.ofMinutes(10)).orThrow();

        assertThat(minutes).containsExactly(0L, 1L, 2L, 3L);
    }

    @Test
    void jobWithoutAHandler_isLeftInItsLineAndHoldsUpNobody() {
        InMemoryJobs jobs = open(MAIL, DONE);
        TenantContext acme = jobs.createOrg("acme");
        JobId unhandled = enqueue(jobs, acme, JobKind.of("nobodys", MAIL.queue()));
        JobId mail = enqueue(jobs, acme, MAIL);

        Drained drained = jobs.drain();

        assertThat(drained.completed()).extracting(Ran::id).containsExactly(mail);
        assertThat(drained.left()).extracting(Left::why).containsExactly(Left.Why.NO_HANDLER);
        assertThat(jobs.queue().find(acme, unhandled)).hasValueSatisfying(job -> {
            assertThat(job.state()).isEqualTo(JobState.READY);
            assertThat(job.attempts()).isZero();
        });
    }

    @Test
    void whatCannotRun_isToldWithItsReason() {
        InMemoryJobs jobs = open(InMemoryJobs.builder().handler(MAIL, DONE).handler(CRAWL, DONE));
        TenantContext acme = jobs.createOrg("acme");
        TenantContext shut = jobs.createOrg("shut");
        JobKind nobodys = JobKind.of("nobodys", "mail");
        jobs.queue().admin().setLimits(acme, "mail", LaneLimits.DEFAULT
                .withRate(RateLimit.of(1, Duration.ofMinutes(1)).withBurst(1)));
        jobs.queue().admin().pause(acme, "crawl");
        jobs.queue().admin().setLimits(shut, "crawl", LaneLimits.maxRunning(0));
        enqueue(jobs, acme, MAIL);
        JobId throttled = enqueue(jobs, acme, MAIL);
        JobId paused = enqueue(jobs, acme, CRAWL);
        JobId atLimit = enqueue(jobs, shut, CRAWL);
        JobId unhandled = enqueue(jobs, acme, nobodys);

        Drained drained = jobs.drain();

        assertThat(drained.completed()).hasSize(1);
        assertThat(drained.left()).extracting(left -> left.job().id()).containsExactly(throttled, paused, atLimit,
                unhandled);
        assertThat(drained.left()).extracting(Left::why).containsExactly(Left.Why.THROTTLED, Left.Why.PAUSED,
                Left.Why.AT_LIMIT, Left.Why.NO_HANDLER);
        assertThatThrownBy(drained::orThrow).isInstanceOf(DrainException.class)
                .hasMessageContaining("no handler for job kind nobodys");

        assertThat(jobs.drainFor(Duration.ofMinutes(1)).completed()).extracting(Ran::id).containsExactly(throttled);
    }

    @Test
    void perform_runsThisJobBeforeOthers() {
        InMemoryJobs jobs = open(MAIL, job -> JobResult.completed(job.payload()));
        TenantContext acme = jobs.createOrg("acme");
        JobId before = enqueue(jobs, acme, MAIL);

        Ran ran = jobs.perform(acme, JobRequest.of(MAIL, "{\"n\":1}"));

        assertThat(ran.end()).isEqualTo(End.COMPLETED);
        assertThat(jobs.job(ran.id()).result()).contains("{\"n\":1}");
        assertThat(jobs.job(before).state()).isEqualTo(JobState.READY);
        assertThatThrownBy(() -> jobs.perform(acme, JobRequest.of(MAIL, "{}").withDelay(Duration.ofHours(1))))
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("SCHEDULED");
        assertThatThrownBy(() -> jobs.perform(acme, JobRequest.of(CRAWL, "{}")))
                .isInstanceOf(InvalidInputException.class).hasMessageContaining("no handler");
    }

    @Test
    void transaction_isNotLookedAtAndTakesEffectAtOnce() {
        Connection untouched = (Connection) Proxy.newProxyInstance(Connection.class.getClassLoader(),
                new Class<?>[]{Connection.class}, (proxy, method, arguments) -> {
                    throw new AssertionError("the connection was touched: " + method);
                });
        InMemoryJobs jobs = open(MAIL, job -> {
            job.completeIn(untouched, Optional.of("1"));
            return JobResult.completed("2");
        });
        TenantContext acme = jobs.createOrg("acme");

        JobId id = jobs.queue().in(untouched).enqueue(acme, JobRequest.of(MAIL, "{}")).id();
        Drained drained = jobs.drain().orThrow();

        assertThat(drained.completed()).hasSize(1);
        assertThat(jobs.job(id).result()).contains("1");
    }

    @Test
    void result_isKeptUnderItsKey() {
        InMemoryJobs jobs = open(MAIL, job -> JobResult.completed("42"));
        TenantContext acme = jobs.createOrg("acme");
        JobRequest once = JobRequest.of(MAIL, "{}").withKey(JobKey.of("welcome-ada"));
        jobs.queue().enqueue(acme, once);
        jobs.drain().orThrow();

        JobReceipt again = jobs.queue().enqueue(acme, once);

        assertThat(again.duplicate()).isTrue();
        assertThat(again.result()).contains("42");
        assertThat(jobs.drain().ran()).isEmpty();
    }

    @Test
    void resultThatIsNoJson_failsTheAttempt() {
        InMemoryJobs jobs = open(CRAWL, job -> JobResult.completed("no json"));
        JobId id = enqueue(jobs, jobs.createOrg("acme"), CRAWL);

        assertThat(jobs.drain().died()).hasSize(1);
        assertThat(jobs.job(id).error().orElseThrow().message()).contains("JSON");
    }

    @Test
    void handlerThatReturnsNull_fails() {
        InMemoryJobs jobs = open(CRAWL, InMemoryJobsTest::nothing);
        JobId id = enqueue(jobs, jobs.createOrg("acme"), CRAWL);

        Drained drained = jobs.drain();

        assertThat(drained.died()).hasSize(1);
        assertThat(jobs.job(id).error().orElseThrow().message()).contains("returned null");
    }

    @SuppressWarnings("NullAway")
    private static JobResult nothing(JobContext job) {
        return null;
    }

    @Test
    void timeout_countsByTheClockOfTheTest() {
        AtomicReference<InMemoryJobs> itself = new AtomicReference<>();
        InMemoryJobs jobs = open(CRAWL.withTimeout(Duration.ofMinutes(1)), job -> {
            itself.get().advance(Duration.ofMinutes(2));
            return JobResult.completed();
        });
        itself.set(jobs);
        JobId id = enqueue(jobs, jobs.createOrg("acme"), CRAWL);

        assertThat(jobs.drain().died()).hasSize(1);
        assertThat(jobs.job(id).error().orElseThrow().type()).contains("JobTimeoutException");
    }

    @Test
    void cancelledWhileItRuns_isToldAndEndsSo() {
        AtomicReference<InMemoryJobs> itself = new AtomicReference<>();
        List<Boolean> told = new ArrayList<>();
        InMemoryJobs jobs = open(MAIL, job -> {
            itself.get().queue().admin().cancel(job.tenant(), List.of(job.id()), "changed my mind");
            told.add(job.isCancelled());
            throw new IllegalStateException("stopped");
        });
        itself.set(jobs);
        JobId id = enqueue(jobs, jobs.createOrg("acme"), MAIL);

        Drained drained = jobs.drain();

        assertThat(told).containsExactly(true);
        assertThat(drained.ran(End.CANCELLED)).hasSize(1);
        assertThat(jobs.job(id).note()).contains("changed my mind");
        assertThat(Thread.currentThread().isInterrupted()).as("the test's own thread").isFalse();
    }

    @Test
    void interruptOfTheTest_isNotSwallowed() {
        InMemoryJobs jobs = open(CRAWL, job -> {
            throw new InterruptedException("as a blocking call throws it");
        });
        enqueue(jobs, jobs.createOrg("acme"), CRAWL);

        jobs.drain();

        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void redrivenDeadLetter_runsAgain() {
        AtomicInteger calls = new AtomicInteger();
        InMemoryJobs jobs = open(CRAWL, job -> {
            if (calls.getAndIncrement() == 0) {
                throw new IllegalStateException("once");
            }
            return JobResult.completed();
        });
        TenantContext acme = jobs.createOrg("acme");
        JobId id = enqueue(jobs, acme, CRAWL);
        jobs.drain();

        jobs.queue().admin().redrive(acme, List.of(id));

        assertThat(jobs.drain().completed()).extracting(Ran::id).containsExactly(id);
    }

    @Test
    void figures_countWhatDrainsRan() {
        InMemoryJobs jobs = open(InMemoryJobs.builder().handler(MAIL, DONE).handler(CRAWL, job -> {
            throw new IllegalStateException("broken");
        }));
        TenantContext acme = jobs.createOrg("acme");
        enqueue(jobs, acme, MAIL);
        enqueue(jobs, acme, CRAWL);
        jobs.drain();

        JobStats stats = jobs.queue().admin().stats(acme, jobs.now().minusSeconds(1), jobs.now().plusSeconds(1));

        assertThat(stats.kinds()).extracting(JobStats.Kind::kind).containsExactlyInAnyOrder("mail.send", "site.crawl");
        assertThat(stats.kinds()).extracting(JobStats.Kind::attempts).containsExactly(1L, 1L);
    }

    @Test
    void handler_cannotDrain() {
        AtomicReference<InMemoryJobs> itself = new AtomicReference<>();
        InMemoryJobs jobs = open(CRAWL, job -> {
            itself.get().drain();
            return JobResult.completed();
        });
        itself.set(jobs);
        enqueue(jobs, jobs.createOrg("acme"), CRAWL);

        assertThat(jobs.drain().died()).singleElement().satisfies(ran -> assertThat(ran.thrown().orElseThrow())
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("a handler cannot drain"));
    }

    @Test
    void databaseThatIsAway_failsCallsUntilItIsBack() {
        InMemoryJobs jobs = open(MAIL, DONE);
        TenantContext acme = jobs.createOrg("acme");
        enqueue(jobs, acme, MAIL);

        jobs.goAway();

        assertThatThrownBy(() -> enqueue(jobs, acme, MAIL)).isInstanceOf(StoreUnavailableException.class);
        assertThatThrownBy(jobs::drain).isInstanceOf(StoreUnavailableException.class);

        jobs.comeBack();

        assertThat(jobs.drain().completed()).hasSize(1);
    }

    @Test
    void clockOfTheTest_isFollowedAndNotMoved() {
        AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-03-01T00:00:00Z"));
        InMemoryJobs jobs = open(InMemoryJobs.builder().clock(now::get).handler(MAIL, DONE));
        jobs.queue().enqueue(jobs.createOrg("acme"), JobRequest.of(MAIL, "{}").withDelay(Duration.ofHours(1)));

        assertThat(jobs.drain().ran()).isEmpty();
        now.updateAndGet(time -> time.plus(Duration.ofHours(1)));

        assertThat(jobs.drain().completed()).hasSize(1);
        assertThat(jobs.clock().instant()).isEqualTo(now.get());
        assertThatThrownBy(() -> jobs.advance(Duration.ofHours(1))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> jobs.drainFor(Duration.ofHours(1))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void workers_runWhatIsDueOnThreadsOfTheirOwn() throws InterruptedException {
        AtomicReference<Thread> ranOn = new AtomicReference<>();
        InMemoryJobs jobs = open(MAIL, job -> {
            ranOn.set(Thread.currentThread());
            return JobResult.completed();
        });
        TenantContext acme = jobs.createOrg("acme");
        JobId soon = enqueue(jobs, acme, MAIL);
        JobId later = jobs.queue().enqueue(acme, JobRequest.of(MAIL, "{}").withDelay(Duration.ofHours(1))).id();

        jobs.startWorkers();

        assertThat(jobs.queue().await(acme, soon, Duration.ofSeconds(30))).isPresent();
        assertThat(ranOn.get()).isNotSameAs(Thread.currentThread());
        assertThat(jobs.job(later).state()).isEqualTo(JobState.SCHEDULED);
        jobs.advance(Duration.ofHours(1));
        assertThat(jobs.queue().await(acme, later, Duration.ofSeconds(30))).isPresent();
        assertThatThrownBy(jobs::drain).isInstanceOf(IllegalStateException.class).hasMessageContaining("workers run");
    }

    @Test
    void absurdValues_areRefused() {
        InMemoryJobs jobs = open(MAIL, DONE);

        assertThatThrownBy(() -> jobs.advance(Duration.ofSeconds(-1))).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> jobs.drainFor(Duration.ofSeconds(-1))).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> Drain.ALL.withLimit(0)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> Drain.ALL.withLimit(Drain.MAX_LIMIT + 1)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> InMemoryJobs.builder().handler(MAIL, DONE)
                .handler(JobKind.of(MAIL.name(), "elsewhere"), DONE)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> jobs.job(new JobId(99))).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("99");
    }
}
