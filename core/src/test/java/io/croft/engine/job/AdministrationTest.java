package io.croft.engine.job;

import static io.croft.engine.job.Workers.CONTEXT;
import static io.croft.engine.job.Workers.KIND;
import static io.croft.engine.job.Workers.NOBODY;
import static io.croft.engine.job.Workers.enqueue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.Actor;
import io.croft.InvalidInputException;
import io.croft.NotPermittedException;
import io.croft.Role;
import io.croft.TenantContext;
import io.croft.UnknownOrgException;
import io.croft.job.Fairness;
import io.croft.job.JobAdmin;
import io.croft.job.JobId;
import io.croft.job.JobResult;
import io.croft.job.JobState;
import io.croft.job.LaneLimits;
import io.croft.job.LaneState;
import io.croft.job.QueueAdmin;
import io.croft.job.QueueLimits;
import io.croft.job.QueueStatus;
import io.croft.job.RateLimit;
import io.croft.job.WorkerSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Limits and pauses as a host sets them, of an organisation's lanes and of whole queues. */
class AdministrationTest {

    private static final Actor OPERATOR = Actor.superAdmin("operator");
    private static final String QUEUE = KIND.queue();

    private final Workers workers = new Workers();

    @AfterEach
    void close() {
        workers.close();
    }

    /** Polls so seldom that whatever a test waits for was told. */
    private JobEngine start() {
        WorkerSettings seldom = Workers.settings().withPoll(Duration.ofMinutes(1), Duration.ofMinutes(1));
        return workers.start(seldom, Map.of(KIND, job -> JobResult.completed()));
    }

    @Test
    void rateLimit_letsJobsStartAsSoonAsTheyMay() {
        JobEngine engine = start();
        engine.queue().admin().setLimits(CONTEXT, QUEUE, LaneLimits.maxRunning(10).withRate(new RateLimit(20, 1)));

        List<JobId> ids = Stream.generate(() -> enqueue(engine)).limit(20).toList();

        ids.forEach(id -> workers.await(id, JobState.COMPLETED));
    }

    @Test
    void lane_isPausedAndGoesOnAtOnce() {
        JobEngine engine = start();
        JobAdmin admin = engine.queue().admin();
        admin.pause(CONTEXT, QUEUE);
        admin.pauseAll(CONTEXT);
        JobId id = enqueue(engine);

        long claims = workers.store.calls("claim");
        admin.resume(CONTEXT, QUEUE);
        Workers.eventually("it was looked for", () -> workers.store.calls("claim") > claims);
        assertThat(workers.job(id).state()).isEqualTo(JobState.READY);
        admin.resumeAll(CONTEXT);

        workers.await(id, JobState.COMPLETED);
    }

    @Test
    void lanes_showLimitsAndState() {
        JobEngine engine = workers.engine(Workers.settings(), Map.of());
        JobAdmin admin = engine.queue().admin();
        LaneLimits limits = LaneLimits.maxRunning(3).withWeight(2).withRate(RateLimit.of(5, Duration.ofSeconds(1)));
        assertThat(admin.limits(CONTEXT, QUEUE)).isEqualTo(LaneLimits.DEFAULT);

        admin.setLimits(CONTEXT, QUEUE, limits);
        admin.pause(CONTEXT, QUEUE);

        assertThat(admin.limits(CONTEXT, QUEUE)).isEqualTo(limits);
        assertThat(admin.lanes(CONTEXT)).hasEntrySatisfying(QUEUE,
                lane -> assertThat(lane.state()).isEqualTo(LaneState.PAUSED));
    }

    @Test
    void lanes_ofAnUnknownOrgAreRefused() {
        JobAdmin admin = workers.engine(Workers.settings(), Map.of()).queue().admin();
        TenantContext nobody = TenantContext.of(NOBODY, Actor.service("test"));

        for (Runnable call : List.<Runnable>of(() -> admin.lanes(nobody), () -> admin.limits(nobody, QUEUE),
                () -> admin.pause(nobody, QUEUE), () -> admin.resume(nobody, QUEUE), () -> admin.pauseAll(nobody),
                () -> admin.resumeAll(nobody))) {
            assertThatThrownBy(call::run).isInstanceOf(UnknownOrgException.class);
        }
        assertThatThrownBy(() -> admin.pause(CONTEXT, "no name")).isInstanceOf(InvalidInputException.class);
    }

    /** A pause of a name that is misspelt would stop nothing, say nothing, and make a queue for ever. */
    @Test
    void queue_thatIsNotKnownIsNeitherPausedNorMade() {
        JobEngine engine = start();
        JobAdmin admin = engine.queue().admin();
        QueueAdmin queues = engine.queue().queues();

        for (Runnable call : List.<Runnable>of(() -> admin.pause(CONTEXT, "biling"),
                () -> admin.resume(CONTEXT, "biling"), () -> queues.pause(OPERATOR, "biling"),
                () -> queues.resume(OPERATOR, "biling"), () -> queues.limits(OPERATOR, "biling"))) {
            assertThatThrownBy(call::run).isInstanceOf(InvalidInputException.class).hasMessageContaining("biling")
                    .hasMessageContaining("a handler for it");
        }
        assertThat(admin.limits(CONTEXT, "biling")).isEqualTo(LaneLimits.DEFAULT);
        assertThat(queues.list(OPERATOR)).containsOnlyKeys(QUEUE);

        admin.setLimits(CONTEXT, "billing", LaneLimits.maxRunning(2));
        admin.pause(CONTEXT, "billing");

        assertThat(queues.list(OPERATOR)).containsOnlyKeys(QUEUE, "billing");
        assertThat(admin.lanes(CONTEXT)).hasEntrySatisfying("billing",
                lane -> assertThat(lane.state()).isEqualTo(LaneState.PAUSED));
    }

    @Test
    void queue_isLimitedAndPausedByAnOperator() {
        JobEngine engine = start();
        QueueAdmin queues = engine.queue().queues();
        QueueLimits limits = QueueLimits.DEFAULT.withMaxRunning(1).withFairness(Fairness.JOBS);

        queues.setLimits(OPERATOR, QUEUE, limits);
        queues.pause(OPERATOR, QUEUE);
        JobId id = enqueue(engine);

        assertThat(queues.limits(OPERATOR, QUEUE)).isEqualTo(limits);
        assertThat(queues.list(OPERATOR)).containsEntry(QUEUE, new QueueStatus(1, 0, 0, limits, true));
        queues.resume(OPERATOR, QUEUE);
        workers.await(id, JobState.COMPLETED);
    }

    @Test
    void queue_isForOperatorsOnly() {
        QueueAdmin queues = workers.engine(Workers.settings(), Map.of()).queue().queues();

        for (Actor actor : List.of(Actor.service("s"), Actor.user("u", Role.ADMIN), Actor.user("u", Role.MEMBER))) {
            for (Runnable call : List.<Runnable>of(() -> queues.list(actor), () -> queues.limits(actor, QUEUE),
                    () -> queues.setLimits(actor, QUEUE, QueueLimits.DEFAULT), () -> queues.pause(actor, QUEUE),
                    () -> queues.resume(actor, QUEUE))) {
                assertThatThrownBy(call::run).isInstanceOf(NotPermittedException.class)
                        .hasMessageContaining(actor.role().toString()).hasMessageContaining("SUPER_ADMIN");
            }
        }
        assertThatThrownBy(() -> queues.pause(OPERATOR, "no name")).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("no name");
    }
}
