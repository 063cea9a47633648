package io.croft.spi.memory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.InvalidInputException;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.content.ContentStatus;
import io.croft.intake.IngestCounts;
import io.croft.intake.IngestStatus.Failure;
import io.croft.job.Job;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.search.Source;
import io.croft.spi.Chunk;
import io.croft.spi.Content;
import io.croft.spi.ContentKey;
import io.croft.spi.InputStore;
import io.croft.spi.JobLease;
import io.croft.spi.Sight;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Inputs in memory, beside the content that they are revisions of. */
final class MemoryInputs implements InputStore {

    private final World world;
    private final MemoryJobs jobs;
    private final MemoryContent content;
    @GuardedBy("world")
    private final Map<Place, Kept> inputs = new HashMap<>();

    private record Place(Source source, ContentKey key) {
    }

    /** An input of a revision: the step that it waits for, or how it ended. */
    private record Kept(long revision, Input input, Step step, Optional<Failure> failure, Optional<String> note) {

        boolean isRead() {
            return step == Step.EMBED;
        }

        Kept at(Step next, Optional<String> said) {
            return new Kept(revision, input, next, failure, said);
        }

        Kept failed(Failure why) {
            return new Kept(revision, input, step, Optional.of(why), note);
        }
    }

    MemoryInputs(World world, MemoryJobs jobs, MemoryContent content) {
        this.world = world;
        this.jobs = jobs;
        this.content = content;
    }

    @Override
    public Accepted accept(OrgId org, Input input, JobKind kind, Optional<String> key, Sight sight) {
        synchronized (world) {
            String id = input.content().id();
            Optional<Progress> newest = progress(org, input.source(), id, sight);
            boolean says = kept(org, input.source(), id).filter(one -> one.input.hash().equals(input.hash()))
                    .isPresent();
            if (newest.isPresent() && says && newest.get().step() != Step.FAILED
                    && newest.get().step() != Step.DELETED) {
                return unchanged(newest.get());
            }
            content.requireSeen(org, input.source(), id, sight);
            if (input.file().isPresent()) {
                content.requireRoomUnread(org, input.source(), id);
            } else {
                content.requireRoom(org, input.source(), input.content());
            }
            JobRequest request = JobRequest.of(kind, content.nextPayload());
            JobReceipt receipt = jobs.enqueueUntold(org, List.of(key.map(request::withKey).orElse(request)))
                    .getFirst();
            if (receipt.duplicate()) {
                return jobs.find(org, receipt.id()).flatMap(job -> content.write(org, job.payload()))
                        .filter(known -> known.source() == input.source() && known.key().id().equals(id))
                        .flatMap(known -> newest).filter(one -> one.step() != Step.DELETED)
                        .map(MemoryInputs::unchanged)
                        .orElseThrow(() -> new InvalidInputException("the key of \"" + id
                                + "\" was used for something else"));
            }
            long revision = input.file().isPresent()
                    ? content.putUnread(org, input.source(), input.content(), receipt.id())
                    : content.putNext(org, input.source(), input.content(), receipt.id());
            inputs.put(place(org, input.source(), id), new Kept(revision, input,
                    input.file().isEmpty() ? Step.EMBED : Step.EXTRACT, Optional.empty(), Optional.empty()));
            return new Accepted(revision, Optional.of(receipt.id()), false);
        }
    }

    @Override
    public Accepted load(OrgId org, Input input, String modelId, List<Chunk> chunks, Sight sight) {
        synchronized (world) {
            Optional<Progress> newest = progress(org, input.source(), input.content().id(), sight);
            if (newest.isPresent() && newest.get().step() != Step.FAILED && newest.get().step() != Step.DELETED
                    && kept(org, input.source(), input.content().id())
                            .filter(one -> one.input.hash().equals(input.hash())).isPresent()) {
                return unchanged(newest.get());
            }
            content.requireSeen(org, input.source(), input.content().id(), sight);
            long revision = content.load(org, input.source(), input.content(), modelId, chunks);
            inputs.put(place(org, input.source(), input.content().id()),
                    new Kept(revision, input, Step.EMBED, Optional.empty(), Optional.empty()));
            return new Accepted(revision, Optional.empty(), false);
        }
    }

    private static Accepted unchanged(Progress newest) {
        return new Accepted(newest.revision(), newest.job(), true);
    }

    @Override
    public Optional<Pending> pending(OrgId org, String payload) {
        synchronized (world) {
            return content.write(org, payload)
                    .flatMap(write -> kept(org, write.source(), write.key().id())
                            .filter(one -> one.revision == write.revision() && !one.isRead())
                            .map(one -> new Pending(write.source(), write.revision(), one.input.file().orElseThrow(),
                                    one.input.content())));
        }
    }

    @Override
    public boolean read(JobLease lease, Pending pending, Content text, Optional<String> note, JobKind next) {
        synchronized (world) {
            Optional<Kept> current = current(lease, pending);
            if (current.isPresent()) {
                content.requireRoom(lease.org(), pending.source(), text);
                jobs.requireRoom(lease.org(), 1);
            }
            jobs.complete(lease, Optional.empty());
            current.ifPresent(one -> {
                JobId job = jobs.enqueueUntold(lease.org(), List.of(JobRequest.of(next, content.nextPayload())))
                        .getFirst().id();
                content.setText(lease.org(), pending.source(), text, job);
                inputs.put(place(lease.org(), pending.source(), text.id()), one.at(Step.EMBED, note));
            });
            return current.isPresent();
        }
    }

    @Override
    public boolean recognise(JobLease lease, Pending pending, JobKind next) {
        synchronized (world) {
            Optional<Kept> current = current(lease, pending);
            if (current.isPresent()) {
                jobs.requireRoom(lease.org(), 1);
            }
            jobs.complete(lease, Optional.empty());
            current.ifPresent(one -> {
                JobId job = jobs.enqueueUntold(lease.org(), List.of(JobRequest.of(next, content.nextPayload())))
                        .getFirst().id();
                content.setJob(lease.org(), pending.source(), pending.content().id(), job);
                inputs.put(place(lease.org(), pending.source(), pending.content().id()),
                        one.at(Step.OCR, Optional.empty()));
            });
            return current.isPresent();
        }
    }

    @Override
    public boolean fail(JobLease lease, Pending pending, Failure failure) {
        synchronized (world) {
            jobs.complete(lease, Optional.empty());
            Optional<Kept> current = current(lease, pending);
            current.ifPresent(one -> inputs.put(place(lease.org(), pending.source(), pending.content().id()),
                    one.failed(failure)));
            return current.isPresent();
        }
    }

    @Override
    public Reembedded reembed(OrgId org, Source source, String modelId, Optional<String> after, int limit,
            JobKind kind) {
        World.checkSize("documents", limit, 1, MAX_KEYS);
        synchronized (world) {
            world.reach();
            List<String> page = content.outdated(org, source, modelId).stream()
                    .filter(id -> id.compareTo(after.orElse("")) > 0)
                    .filter(id -> content.job(org, source, id).flatMap(job -> jobs.find(org, job))
                            .filter(job -> !job.state().hasEnded()).isEmpty())
                    .limit(limit).toList();
            jobs.requireRoom(org, page.size());
            for (String id : page) {
                JobId job = jobs.enqueueUntold(org, List.of(JobRequest.of(kind, content.nextPayload()))).getFirst()
                        .id();
                content.setJob(org, source, id, job);
            }
            return new Reembedded(page.size(), page.isEmpty() ? Optional.empty() : Optional.of(page.getLast()));
        }
    }

    @Override
    public long outdated(OrgId org, Source source, String modelId) {
        synchronized (world) {
            world.reach();
            return content.outdated(org, source, modelId).size();
        }
    }

    @GuardedBy("world")
    private Optional<Kept> current(JobLease lease, Pending pending) {
        return kept(lease.org(), pending.source(), pending.content().id())
                .filter(one -> one.revision == pending.revision());
    }

    /** The input of the newest revision. */
    @GuardedBy("world")
    private Optional<Kept> kept(OrgId org, Source source, String id) {
        return Optional.ofNullable(inputs.get(place(org, source, id)))
                .filter(one -> content.status(org, source, id)
                        .filter(status -> status.revision() == one.revision
                                && status.state() != ContentStatus.State.DELETED)
                        .isPresent());
    }

    @Override
    public Optional<Progress> progress(OrgId org, Source source, String id, Sight sight) {
        synchronized (world) {
            return content.status(org, source, id, sight).map(status -> {
                Optional<Kept> kept = kept(org, source, id);
                Optional<JobId> job = content.job(org, source, id);
                Optional<Failure> failure = kept.flatMap(Kept::failure);
                if (failure.isEmpty() && status.state() == ContentStatus.State.FAILED) {
                    failure = Optional.of(new Failure(status.failure().orElse("its job failed"), "give it again"));
                }
                Step step = failure.isPresent() ? Step.FAILED : switch (status.state()) {
                    case DELETED -> Step.DELETED;
                    case READY -> Step.INDEXED;
                    case FAILED -> Step.FAILED;
                    case QUEUED -> kept.map(Kept::step).orElse(Step.EMBED);
                };
                return new Progress(status.revision(), step, job, failure, kept.flatMap(Kept::note),
                        job.flatMap(one -> jobs.find(org, one)).filter(one -> !one.state().hasEnded())
                                .flatMap(Job::note));
            });
        }
    }

    @Override
    public IngestCounts counts(OrgId org, Source source) {
        synchronized (world) {
            world.reach();
            Map<Step, Long> counts = new HashMap<>();
            for (String id : content.ids(org, source)) {
                counts.merge(progress(org, source, id).orElseThrow().step(), 1L, Long::sum);
            }
            return new IngestCounts(counts.getOrDefault(Step.EXTRACT, 0L), counts.getOrDefault(Step.OCR, 0L),
                    counts.getOrDefault(Step.EMBED, 0L),
                    counts.getOrDefault(Step.INDEXED, 0L), counts.getOrDefault(Step.FAILED, 0L));
        }
    }

    @Override
    public Set<String> unused(Org org, Collection<String> keys) {
        World.checkSize("keys", keys.size(), 0, MAX_KEYS);
        synchronized (world) {
            world.reach();
            Set<String> unused = new TreeSet<>(keys);
            for (Place place : inputs.keySet()) {
                if (place.key.org().equals(org.id())) {
                    kept(org.id(), place.source, place.key.id()).flatMap(one -> one.input.file())
                            .ifPresent(file -> unused.remove(file.blob().key()));
                }
            }
            return unused;
        }
    }

    /** Removes all of an organisation. */
    void erase(OrgId org) {
        synchronized (world) {
            inputs.keySet().removeIf(place -> place.key.org().equals(org));
        }
    }

    private static Place place(OrgId org, Source source, String id) {
        return new Place(source, new ContentKey(org, id));
    }
}
