package io.croft.spi.memory;

import io.croft.OrgId;
import io.croft.job.JobId;
import io.croft.job.JobRequest;
import io.croft.job.LaneLimits;
import io.croft.spi.JobLease;
import io.croft.spi.JobStore;
import io.croft.spi.JobStore.ClaimedJob;
import io.croft.spi.JobStore.Completion;
import io.croft.spi.JobStore.Held;
import io.croft.spi.JobStore.Outcome;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Stores that break one promise each, to see that it is noticed. */
enum BrokenJobs {

    /** Whoever claimed a job may finish it, whatever became of the lease since. */
    FENCE_IGNORED {
        @Override
        @Nullable
        Object[] before(Memory memory, String method, @Nullable Object[] given) {
            if (method.equals("finish")) {
                given[0] = completions(given).stream()
                        .map(one -> new Completion(memory.newest.getOrDefault(one.lease().id(), one.lease()),
                                one.outcome()))
                        .collect(Collectors.toMap(one -> one.lease().id(), one -> one, (one, other) -> one,
                                LinkedHashMap::new))
                        .values().stream().toList();
            }
            return given;
        }
    },

    /** A handler's transaction completes a job that its attempt has lost. */
    COMPLETION_UNCHECKED {
        @Override
        @Nullable
        Object[] before(Memory memory, String method, @Nullable Object[] given) {
            if (method.equals("completeIn") && given[1] instanceof JobLease lease) {
                given[1] = memory.newest.getOrDefault(lease.id(), lease);
            }
            return given;
        }
    },

    /** A completion whose answer was lost is refused when it comes again. */
    REPEAT_REFUSED {
        @Override
        @Nullable
        Object after(Memory memory, String method, @Nullable Object[] given, @Nullable Object answer) {
            if (!method.equals("finish")) {
                return answer;
            }
            List<Boolean> accepted = new ArrayList<>();
            for (int i = 0; i < completions(given).size(); i++) {
                accepted.add(memory.finished.add(completions(given).get(i).lease()) && booleans(answer).get(i));
            }
            return accepted;
        }
    },

    /** Each lane may run one more than it is allowed. */
    LIMIT_ONE_TOO_HIGH {
        @Override
        @Nullable
        Object[] before(Memory memory, String method, @Nullable Object[] given) {
            if (method.equals("setLimits") && given.length == 3 && given[2] instanceof LaneLimits limits) {
                given[2] = LaneLimits.maxRunning(limits.maxRunning() + 1);
            }
            return given;
        }
    },

    /** What was given back stays leased. */
    RELEASE_FORGOTTEN {
        @Override
        @Nullable
        Object[] before(Memory memory, String method, @Nullable Object[] given) {
            if (method.equals("release")) {
                given[0] = List.of();
            }
            return given;
        }
    },

    /** A snooze uses up an attempt. */
    SNOOZE_COUNTED {
        @Override
        @Nullable
        Object[] before(Memory memory, String method, @Nullable Object[] given) {
            if (method.equals("finish")) {
                given[0] = completions(given).stream()
                        .map(one -> one.outcome() instanceof Outcome.Snoozed snoozed
                                ? new Completion(one.lease(), new Outcome.Failed(snoozed.delay(), "Snoozed", ""))
                                : one)
                        .toList();
            }
            return given;
        }
    },

    /** Leases run out in half their time. */
    LEASE_HALVED {
        @Override
        @Nullable
        Object[] before(Memory memory, String method, @Nullable Object[] given) {
            if (method.equals("claim") && given[3] instanceof Duration lease) {
                given[3] = lease.dividedBy(2);
            }
            return given;
        }
    },

    /** A heartbeat prolongs nothing, and says it did. */
    HEARTBEAT_FORGOTTEN {
        @Override
        @Nullable
        Object[] before(Memory memory, String method, @Nullable Object[] given) {
            if (method.equals("heartbeat")) {
                given[1] = Duration.ofMillis(1);
            }
            return given;
        }
    },

    /** A heartbeat does not say which jobs were cancelled. */
    CANCELLING_UNTOLD {
        @Override
        @Nullable
        Object after(Memory memory, String method, @Nullable Object[] given, @Nullable Object answer) {
            return answer instanceof Held held ? new Held(held.leases(), List.of()) : answer;
        }
    },

    /** A claimed job is handed out once more. */
    HANDED_OUT_TWICE {
        @Override
        @Nullable
        Object after(Memory memory, String method, @Nullable Object[] given, @Nullable Object answer) {
            return method.equals("claim") && claimed(answer).isEmpty() && memory.lastClaimed.isPresent()
                    ? List.of(memory.lastClaimed.get())
                    : answer;
        }
    },

    /** A key is forgotten at once, so a repeated enqueue makes another job. */
    KEY_FORGOTTEN {
        @Override
        @Nullable
        Object[] before(Memory memory, String method, @Nullable Object[] given) {
            if (method.equals("enqueue") && given[0] instanceof OrgId) {
                given[1] = ((List<?>) Objects.requireNonNull(given[1])).stream()
                        .map(one -> ((JobRequest) one).withKey("k" + memory.calls++)).toList();
            }
            return given;
        }
    };

    /** What a broken store keeps in mind. */
    static final class Memory {
        final Map<JobId, JobLease> newest = new HashMap<>();
        final Set<JobLease> finished = new HashSet<>();
        Optional<ClaimedJob> lastClaimed = Optional.empty();
        int calls;
    }

    /** Changes the arguments of a call. */
    @Nullable
    Object[] before(Memory memory, String method, @Nullable Object[] given) {
        return given;
    }

    /** Changes the answer to a call. */
    @Nullable
    Object after(Memory memory, String method, @Nullable Object[] given, @Nullable Object answer) {
        return answer;
    }

    /** That store, broken so. */
    JobStore breaking(JobStore store) {
        Memory memory = new Memory();
        return (JobStore) Proxy.newProxyInstance(JobStore.class.getClassLoader(), new Class<?>[]{JobStore.class},
                (proxy, method, arguments) -> {
                    @Nullable
                    Object[] given = arguments == null ? new Object[0] : arguments.clone();
                    given = before(memory, method.getName(), given);
                    Object answer;
                    try {
                        answer = method.invoke(store, given);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                    if (method.getName().equals("claim")) {
                        for (ClaimedJob job : claimed(answer)) {
                            memory.newest.put(job.lease().id(), job.lease());
                            memory.lastClaimed = Optional.of(job);
                        }
                    }
                    return after(memory, method.getName(), given, answer);
                });
    }

    @SuppressWarnings("unchecked")
    private static List<Completion> completions(@Nullable Object[] given) {
        return (List<Completion>) Objects.requireNonNull(given[0]);
    }

    @SuppressWarnings("unchecked")
    private static List<ClaimedJob> claimed(@Nullable Object answer) {
        return (List<ClaimedJob>) Objects.requireNonNull(answer);
    }

    @SuppressWarnings("unchecked")
    private static List<Boolean> booleans(@Nullable Object answer) {
        return (List<Boolean>) Objects.requireNonNull(answer);
    }
}
