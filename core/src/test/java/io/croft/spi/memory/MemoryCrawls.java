package io.croft.spi.memory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.intake.Crawl;
import io.croft.intake.IngestStatus.Failure;
import io.croft.job.Job;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.spi.CrawlStore;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Crawls in memory. */
final class MemoryCrawls implements CrawlStore {

    private static final Pattern PAYLOAD = Pattern.compile("\\{\"crawl\":\"([0-9a-f]+)\"}");

    private final World world;
    private final MemoryJobs jobs;
    private final MemoryFrontier frontier = new MemoryFrontier();
    @GuardedBy("world")
    private final Map<OrgId, TreeMap<String, Wanted>> wanted = new HashMap<>();

    private record Wanted(Crawl crawl, JobId job) {
    }

    MemoryCrawls(World world, MemoryJobs jobs) {
        this.world = world;
        this.jobs = jobs;
    }

    @Override
    public Requested request(OrgId org, Crawl crawl, JobKind kind) {
        synchronized (world) {
            world.reach();
            world.active(org);
            Optional<Wanted> known = known(org, crawl.name());
            if (known.isEmpty() && wanted.getOrDefault(org, new TreeMap<>()).size() >= MAX_CRAWLS) {
                throw new InvalidInputException("organisation " + org + " has " + MAX_CRAWLS + " crawls already");
            }
            Optional<JobId> live = known.map(Wanted::job)
                    .filter(job -> state(org, job).filter(state -> !state.hasEnded()).isPresent());
            boolean moves = known.filter(one -> one.crawl.source() != crawl.source()).isPresent();
            if (moves && live.isPresent()) {
                throw new InvalidInputException("crawl \"" + crawl.name() + "\" is under way with another source");
            }
            if (moves) {
                frontier.leave(org, crawl.name());
            }
            if (moves || known.filter(one -> !one.crawl.fields().equals(crawl.fields())).isPresent()) {
                frontier.askAnew(org, crawl.name());
            }
            JobId job = live.orElseGet(() -> jobs.enqueueUntold(org, List.of(JobRequest.of(kind, "{\"crawl\":\""
                    + HexFormat.of().formatHex(crawl.name().getBytes(StandardCharsets.UTF_8)) + "\"}"))).getFirst()
                    .id());
            wanted.computeIfAbsent(org, key -> new TreeMap<>()).put(crawl.name(), new Wanted(crawl, job));
            return new Requested(job, live.isPresent());
        }
    }

    @Override
    public List<String> left(OrgId org, String name, int limit) {
        World.checkSize("limit", limit, 1, MAX_PAGE);
        world.reach();
        return frontier.left(org, name, limit);
    }

    @Override
    public void forgetLeft(OrgId org, String name, List<String> ids) {
        world.reach();
        frontier.forgetLeft(org, name, ids);
    }

    @Override
    public Optional<JobId> remove(OrgId org, String name) {
        synchronized (world) {
            world.reach();
            frontier.remove(org, name);
            return Optional.ofNullable(wanted.getOrDefault(org, new TreeMap<>()).remove(name)).map(Wanted::job);
        }
    }

    @Override
    public Optional<Crawl> pending(OrgId org, String payload) {
        Matcher matcher = PAYLOAD.matcher(payload);
        if (!matcher.matches()) {
            throw new InvalidInputException("the payload of the job of " + org + " is not one of this store's crawls");
        }
        synchronized (world) {
            world.reach();
            world.active(org);
            return known(org, new String(HexFormat.of().parseHex(matcher.group(1)), StandardCharsets.UTF_8))
                    .map(Wanted::crawl);
        }
    }

    @Override
    public Optional<Progress> progress(OrgId org, String name) {
        synchronized (world) {
            world.reach();
            world.active(org);
            return known(org, name).map(one -> progress(org, one));
        }
    }

    @Override
    public List<Progress> list(OrgId org, Optional<String> after, int limit) {
        World.checkSize("limit", limit, 1, MAX_PAGE);
        synchronized (world) {
            world.reach();
            world.active(org);
            List<Progress> page = new ArrayList<>();
            for (Wanted one : wanted.getOrDefault(org, new TreeMap<>()).tailMap(after.orElse(""), false).values()) {
                if (page.size() == limit) {
                    break;
                }
                page.add(progress(org, one));
            }
            return page;
        }
    }

    @GuardedBy("world")
    private Progress progress(OrgId org, Wanted one) {
        MemoryFrontier.Counts counts = frontier.counts(org, one.crawl.name());
        Optional<JobState> job = state(org, one.job);
        Step step = job.map(known -> switch (known) {
            case WAITING, SCHEDULED, READY, RUNNING -> Step.LIVE;
            case DEAD, CANCELLED -> Step.FAILED;
            case COMPLETED -> Step.DONE;
        }).orElse(counts.open() ? Step.FAILED : Step.DONE);
        Optional<Failure> failure = step == Step.FAILED
                ? Optional.of(new Failure("its job ended", "ask for it again"))
                : Optional.empty();
        return new Progress(one.crawl, counts.round(), step, counts.waiting(), counts.kept(), counts.failed(),
                one.job, failure, jobs.find(org, one.job).filter(known -> !known.state().hasEnded())
                        .flatMap(Job::note));
    }

    @GuardedBy("world")
    private Optional<Wanted> known(OrgId org, String name) {
        return Optional.ofNullable(wanted.getOrDefault(org, new TreeMap<>()).get(name));
    }

    private Optional<JobState> state(OrgId org, JobId job) {
        return jobs.find(org, job).map(Job::state);
    }

    /** Removes all of an organisation. */
    void erase(OrgId org) {
        synchronized (world) {
            wanted.remove(org);
            frontier.erase(org);
        }
    }

    @Override
    public Round begin(OrgId org, String crawl, int maxPages) {
        synchronized (world) {
            world.reach();
            world.active(org);
            return frontier.begin(org, crawl, maxPages);
        }
    }

    @Override
    public void setDelay(OrgId org, String crawl, Duration delay) {
        world.reach();
        frontier.setDelay(org, crawl, delay);
    }

    @Override
    public void offer(OrgId org, String crawl, List<Target> targets) {
        world.reach();
        frontier.offer(org, crawl, targets);
    }

    @Override
    public Optional<Waiting> next(OrgId org, String crawl) {
        world.reach();
        return frontier.next(org, crawl);
    }

    @Override
    public void finish(OrgId org, String crawl, Visit visit, List<Target> found) {
        world.reach();
        frontier.finish(org, crawl, visit, found);
    }

    @Override
    public void end(OrgId org, String crawl) {
        world.reach();
        frontier.end(org, crawl);
    }
}
