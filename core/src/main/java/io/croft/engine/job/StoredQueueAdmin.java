package io.croft.engine.job;

import io.croft.Actor;
import io.croft.InvalidInputException;
import io.croft.Role;
import io.croft.job.JobKind;
import io.croft.job.QueueAdmin;
import io.croft.job.QueueLimits;
import io.croft.job.QueueStatus;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.Pausable;
import java.util.Map;

/** Whole queues in a store. Thread-safe. */
final class StoredQueueAdmin implements QueueAdmin {

    private final JobStore store;
    private final KnownQueues queues;
    private final Upkeep upkeep;

    StoredQueueAdmin(JobStore store, KnownQueues queues, Upkeep upkeep) {
        this.store = store;
        this.queues = queues;
        this.upkeep = upkeep;
    }

    @Override
    public Map<String, QueueStatus> list(Actor operator) {
        check(operator);
        return store.queues();
    }

    @Override
    public QueueLimits limits(Actor operator, String queue) {
        know(operator, queue);
        return store.limits(queue);
    }

    @Override
    public void setLimits(Actor operator, String queue, QueueLimits limits) {
        know(operator, queue);
        store.setLimits(queue, limits);
        upkeep.ask(queue);
    }

    @Override
    public void pause(Actor operator, String queue) {
        know(operator, queue);
        store.pause(new Pausable.Queue(queue));
    }

    @Override
    public void resume(Actor operator, String queue) {
        know(operator, queue);
        store.resume(new Pausable.Queue(queue));
        upkeep.ask(queue);
    }

    private void know(Actor operator, String queue) {
        check(operator);
        JobKind.of("any", queue); // checks the queue's name as a kind in it does
        queues.register(queue);
    }

    private static void check(Actor operator) {
        if (operator.role() != Role.SUPER_ADMIN) {
            throw new InvalidInputException("whole queues are for super admins, and \"" + operator.id()
                    + "\" has the role " + operator.role()
                    + ": give Actor.superAdmin(…), or use JobQueue.admin() for one "
                    + "organisation");
        }
    }
}
