package io.croft.spi.memory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.ErasureReceipt;
import io.croft.InvalidInputException;
import io.croft.NotPermittedException;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.OrgQuotas.Resource;
import io.croft.OrgSummary;
import io.croft.content.ContentStatus;
import io.croft.content.ContentStatus.State;
import io.croft.job.Job;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobState;
import io.croft.search.Source;
import io.croft.spi.Chunk;
import io.croft.spi.Content;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.ContentStore;
import io.croft.spi.IndexScope;
import io.croft.spi.JobLease;
import io.croft.spi.Sight;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Documents and listings in memory. The payload of a job is the number of its write. */
final class MemoryContent implements ContentStore {

    private static final Pattern PAYLOAD = Pattern.compile("\\{\"write\":(\\d{1,18})}");

    private final World world;
    private final MemoryJobs jobs;
    private final MemoryChanges changes;
    @GuardedBy("world")
    private final Map<Source, NavigableMap<ContentKey, Entry>> entries = new EnumMap<>(Source.class);
    @GuardedBy("world")
    private final Map<OrgId, Instant> written = new HashMap<>();
    @GuardedBy("world")
    private final Map<Long, Write> writes = new HashMap<>();
    private volatile int atOnce = Integer.MAX_VALUE;

    record Write(Source source, ContentKey key, long revision) {
    }

    /** A document or listing. */
    private static final class Entry {
        private long revision;
        private Optional<Content> content = Optional.empty();
        /** Its newest revision is of a file that has not been read: the content, if there is any, is an older one. */
        private boolean unread;
        /** For whom it is while there is no content. */
        private Set<String> unreadGroups = Set.of();
        private Optional<JobId> job = Optional.empty();
        private Instant updatedAt = Instant.EPOCH;
        private final Instant createdAt;
        private ContentChunks chunks;

        Entry(ContentKey key, Instant createdAt) {
            this.chunks = ContentChunks.none(key);
            this.createdAt = createdAt;
        }

        boolean isSeen(Sight sight) {
            return sight.sees(content.map(Content::groups).orElse(unreadGroups));
        }

        long bytes() {
            return content.map(MemoryContent::bytes).orElse(0L) + MemoryContent.bytes(chunks.chunks());
        }
    }

    MemoryContent(World world, MemoryJobs jobs, MemoryChanges changes) {
        this.world = world;
        this.jobs = jobs;
        this.changes = changes;
        for (Source source : Source.values()) {
            entries.put(source, new TreeMap<>());
        }
    }

    @Override
    public List<Stored> put(OrgId org, Source source, List<Content> items, JobKind kind, Sight sight) {
        World.checkSize("items", items.size(), 0, 1000);
        synchronized (world) {
            world.reach();
            world.active(org);
            for (Content item : items) {
                if (entry(org, source, item.id()).filter(entry -> !entry.isSeen(sight)).isPresent()) {
                    throw new NotPermittedException(
                            "document \"" + item.id() + "\" is there and is for groups that its writer is not in");
                }
            }
            requireRoom(org, source, items);
            long first = writes.size() + 1L;
            List<JobReceipt> receipts = jobs.enqueueUntold(org, IntStream.range(0, items.size())
                    .mapToObj(i -> JobRequest.of(kind, "{\"write\":" + (first + i) + "}")).toList());
            List<Stored> stored = new ArrayList<>();
            for (int i = 0; i < items.size(); i++) {
                stored.add(put(org, source, items.get(i), first + i, receipts.get(i).id()));
            }
            return stored;
        }
    }

    @GuardedBy("world")
    private void requireRoom(OrgId org, Source source, List<Content> items) {
        long more = 0;
        long bytes = 0;
        Map<String, Content> newest = new HashMap<>();
        items.forEach(item -> newest.put(item.id(), item));
        for (Content item : newest.values()) {
            Optional<Entry> entry = Optional.ofNullable(of(source).get(new ContentKey(org, item.id())));
            Optional<Content> before = entry.flatMap(one -> one.content);
            more += before.isPresent() || entry.filter(one -> one.unread).isPresent() ? 0 : 1;
            bytes += bytes(item) - before.map(MemoryContent::bytes).orElse(0L);
        }
        world.require(org, source == Source.PRIVATE ? Resource.DOCUMENTS : Resource.LISTINGS,
                present(source, org).count(), more);
        world.require(org, Resource.BYTES, sum(org, Entry::bytes), bytes);
    }

    private static long bytes(Content content) {
        return content.title().length() + content.text().length() + (long) content.fields().toString().length();
    }

    private static long bytes(List<Chunk> chunks) {
        return chunks.stream().mapToLong(chunk -> chunk.text().length() + 4L * chunk.vector().length).sum();
    }

    @GuardedBy("world")
    private Stored put(OrgId org, Source source, Content content, long number, JobId job) {
        ContentKey key = new ContentKey(org, content.id());
        Entry entry = of(source).computeIfAbsent(key, one -> new Entry(one, world.now()));
        entry.revision++;
        entry.content = Optional.of(content);
        entry.unread = false;
        entry.job = Optional.of(job);
        entry.updatedAt = world.now();
        narrow(source, key, entry, content.groups());
        written.put(org, world.now());
        writes.put(number, new Write(source, key, entry.revision));
        return new Stored(content.id(), entry.revision, entry.job);
    }

    /** Lets what is searchable be for those alone whom a newer revision is for too. */
    @GuardedBy("world")
    private void narrow(Source source, ContentKey key, Entry entry, Set<String> groups) {
        ContentChunks old = entry.chunks;
        if (old.chunks().isEmpty() || groups.isEmpty()) {
            return;
        }
        Set<String> both = new HashSet<>(old.groups().isEmpty() ? groups : old.groups());
        both.retainAll(groups);
        if (both.isEmpty()) {
            both.addAll(ContentChunks.FOR_NOBODY);
        }
        if (!both.equals(old.groups())) {
            entry.chunks = new ContentChunks(key, old.revision(), old.modelId(), old.updatedAt(), old.title(),
                    old.fields(), both, old.chunks());
            changes.append(scope(key.org(), source), key);
        }
    }

    @Override
    public Optional<Stored> delete(OrgId org, Source source, String id, Sight sight) {
        synchronized (world) {
            return entry(org, source, id).filter(entry -> entry.content.isPresent() || entry.unread)
                    .filter(entry -> entry.isSeen(sight)).map(entry -> {
                        ContentKey key = new ContentKey(org, id);
                        entry.revision++;
                        entry.unread = false;
                        entry.unreadGroups = Set.of();
                        entry.content = Optional.empty();
                        entry.job = Optional.empty();
                        entry.chunks = ContentChunks.none(key);
                        written.put(org, world.now());
                        changes.append(scope(org, source), key);
                        return new Stored(id, entry.revision, Optional.empty());
                    });
        }
    }

    @Override
    public Optional<Content> find(OrgId org, Source source, String id, Sight sight) {
        synchronized (world) {
            return entry(org, source, id).filter(entry -> entry.isSeen(sight)).flatMap(entry -> entry.content);
        }
    }

    @Override
    public Optional<ContentStatus> status(OrgId org, Source source, String id, Sight sight) {
        synchronized (world) {
            return entry(org, source, id).filter(entry -> entry.isSeen(sight)).map(entry -> status(org, id, entry));
        }
    }

    private static Optional<String> why(Job job) {
        return job.state() == JobState.CANCELLED
                ? job.note()
                : job.error().map(error -> error.type() + ": " + error.message());
    }

    @GuardedBy("world")
    private ContentStatus status(OrgId org, String id, Entry entry) {
        if (entry.content.isEmpty() && !entry.unread) {
            return new ContentStatus(id, entry.revision, State.DELETED, Optional.empty());
        }
        if (entry.chunks.revision() == entry.revision) {
            return new ContentStatus(id, entry.revision, State.READY, Optional.empty());
        }
        Optional<Job> job = entry.job.flatMap(number -> jobs.find(org, number));
        if (job.filter(j -> j.state() == JobState.DEAD || j.state() == JobState.CANCELLED).isPresent()) {
            return new ContentStatus(id, entry.revision, State.FAILED, job.flatMap(MemoryContent::why));
        }
        return new ContentStatus(id, entry.revision, State.QUEUED, Optional.empty());
    }

    @Override
    public Optional<Pending> pending(OrgId org, String payload) {
        synchronized (world) {
            return write(org, payload).flatMap(this::pending);
        }
    }

    /** What a job's payload means. */
    Optional<Write> write(OrgId org, String payload) {
        Matcher matcher = PAYLOAD.matcher(payload);
        if (!matcher.matches()) {
            throw new InvalidInputException("the payload of the job of " + org + " is not one of this store's writes");
        }
        synchronized (world) {
            world.reach();
            return Optional.ofNullable(writes.get(Long.valueOf(matcher.group(1))))
                    .filter(write -> write.key.org().equals(org));
        }
    }

    @GuardedBy("world")
    private Optional<Pending> pending(Write write) {
        return Optional.ofNullable(of(write.source).get(write.key))
                .filter(entry -> entry.revision == write.revision && !entry.unread)
                .flatMap(entry -> entry.content.map(content -> new Pending(write.source, write.revision, content)));
    }

    @Override
    public boolean writeChunks(JobLease lease, Pending pending, String modelId, List<Chunk> chunks) {
        check(chunks);
        synchronized (world) {
            ContentKey key = new ContentKey(lease.org(), pending.content().id());
            Entry entry = of(pending.source()).get(key);
            if (entry == null || entry.revision != pending.revision()) {
                jobs.complete(lease, Optional.empty());
                return false;
            }
            requireRoom(lease.org(), entry.chunks.chunks(), chunks);
            jobs.complete(lease, Optional.empty());
            entry.chunks = new ContentChunks(key, entry.revision, modelId, entry.updatedAt, pending.content().title(),
                    pending.content().fields(), pending.content().groups(), chunks);
            written.put(lease.org(), world.now());
            changes.append(scope(lease.org(), pending.source()), key);
            return true;
        }
    }

    @GuardedBy("world")
    private void requireRoom(OrgId org, List<Chunk> before, List<Chunk> after) {
        world.require(org, Resource.CHUNKS, sum(org, entry -> entry.chunks.chunks().size()),
                after.size() - before.size());
        world.require(org, Resource.BYTES, sum(org, Entry::bytes), bytes(after) - bytes(before));
    }

    private static void check(List<Chunk> chunks) {
        if (chunks.isEmpty()) {
            throw new InvalidInputException("there are no chunks: write at least one");
        }
        int dimensions = chunks.getFirst().vector().length;
        for (Chunk chunk : chunks) {
            for (float value : chunk.vector()) {
                if (!Float.isFinite(value)) {
                    throw new InvalidInputException("the vector of chunk " + chunk.ordinal() + " holds " + value);
                }
            }
            World.checkSize("the length of the vector of chunk " + chunk.ordinal() + ":", chunk.vector().length,
                    dimensions, dimensions);
        }
    }

    @Override
    public List<ContentChunks> chunks(IndexScope scope, List<ContentKey> keys) {
        World.checkSize("keys", keys.size(), 0, 1000);
        synchronized (world) {
            world.reach();
            List<ContentChunks> found = new ArrayList<>();
            for (ContentKey key : keys.subList(0, Math.min(keys.size(), atOnce))) {
                Entry entry = of(scope.source()).get(key);
                found.add(entry != null && holds(scope, key) ? entry.chunks : ContentChunks.none(key));
            }
            return found;
        }
    }

    @Override
    public List<ContentChunks> scan(IndexScope scope, Optional<ContentKey> after, int limit) {
        World.checkSize("a page of", limit, 1, 1000);
        synchronized (world) {
            world.reach();
            NavigableMap<ContentKey, Entry> all = of(scope.source());
            return after.map(key -> all.tailMap(key, false)).orElse(all).entrySet().stream()
                    .filter(entry -> holds(scope, entry.getKey())).map(entry -> entry.getValue().chunks)
                    .filter(chunks -> !chunks.chunks().isEmpty()).limit(limit).toList();
        }
    }

    @Override
    public void export(Org life, Source source, Consumer<Exported> each) {
        List<Exported> all = new ArrayList<>();
        synchronized (world) {
            world.reach();
            world.exists(life);
            present(source, life.id()).filter(entry -> entry.content.isPresent())
                    .forEach(entry -> all.add(new Exported(entry.content.orElseThrow(), entry.revision,
                            entry.chunks.revision() == entry.revision, entry.createdAt, entry.updatedAt)));
        }
        all.forEach(each);
    }

    @Override
    public CopiedPage copy(Org source, Org target, Optional<String> after, int limit, JobKind kind, Sight sight) {
        World.checkSize("documents", limit, 1, 1000);
        synchronized (world) {
            world.reach();
            world.living(source);
            world.living(target);
            OrgId from = source.id();
            OrgId to = target.id();
            List<Content> page = of(Source.PRIVATE).entrySet().stream()
                    .filter(entry -> entry.getKey().org().equals(from)
                            && after.map(id -> entry.getKey().id().compareTo(id) > 0).orElse(true)
                            && entry.getValue().isSeen(sight))
                    .flatMap(entry -> entry.getValue().content.stream()).limit(limit).toList();
            requireRoom(from, to, page);
            int copied = 0;
            int queued = 0;
            Optional<Stored> newest = Optional.empty();
            for (Content content : page) {
                Entry theirs = World.known(of(Source.PRIVATE).get(new ContentKey(from, content.id())), content.id());
                Entry mine = of(Source.PRIVATE).computeIfAbsent(new ContentKey(to, content.id()),
                        one -> new Entry(one, world.now()));
                if (mine.content.isPresent() || mine.unread) {
                    continue;
                }
                copied++;
                if (theirs.chunks.revision() == theirs.revision) {
                    newest = Optional.of(adopt(to, mine, content, theirs));
                } else {
                    queued++;
                    put(to, Source.PRIVATE, List.of(content), kind);
                    mine.updatedAt = theirs.updatedAt;
                }
            }
            return page.isEmpty()
                    ? CopiedPage.NONE
                    : new CopiedPage(copied, queued, page.size() - copied, Optional.of(page.getLast().id()), newest);
        }
    }

    @GuardedBy("world")
    private void requireRoom(OrgId from, OrgId to, List<Content> page) {
        List<Content> missing = new ArrayList<>();
        List<Chunk> chunks = new ArrayList<>();
        int waiting = 0;
        for (Content content : page) {
            if (entry(to, Source.PRIVATE, content.id()).filter(one -> one.content.isPresent() || one.unread)
                    .isEmpty()) {
                Entry theirs = entry(from, Source.PRIVATE, content.id()).orElseThrow();
                missing.add(content);
                if (theirs.chunks.revision() == theirs.revision) {
                    chunks.addAll(theirs.chunks.chunks());
                } else {
                    waiting++;
                }
            }
        }
        requireRoom(to, Source.PRIVATE, missing);
        requireRoom(to, List.of(), chunks);
        jobs.requireRoom(to, waiting);
    }

    @GuardedBy("world")
    private Stored adopt(OrgId to, Entry mine, Content content, Entry theirs) {
        ContentKey key = new ContentKey(to, content.id());
        mine.revision++;
        mine.content = Optional.of(content);
        mine.updatedAt = theirs.updatedAt;
        written.put(to, world.now());
        mine.chunks = new ContentChunks(key, mine.revision, theirs.chunks.modelId(), mine.updatedAt, content.title(),
                content.fields(), content.groups(), theirs.chunks.chunks());
        changes.append(scope(to, Source.PRIVATE), key);
        return new Stored(content.id(), mine.revision, Optional.empty());
    }

    /** Refuses what would replace what is not seen. */
    void requireSeen(OrgId org, Source source, String id, Sight sight) {
        synchronized (world) {
            if (entry(org, source, id).filter(entry -> !entry.isSeen(sight)).isPresent()) {
                throw new NotPermittedException(
                        "document \"" + id + "\" is there and is for groups that its writer is not in");
            }
        }
    }

    /** Refuses what would be more than the organisation may have. */
    void requireRoom(OrgId org, Source source, Content content) {
        synchronized (world) {
            requireRoom(org, source, List.of(content));
        }
    }

    /** The same of what is to be read first. */
    void requireRoomUnread(OrgId org, Source source, String id) {
        synchronized (world) {
            boolean isNew = entry(org, source, id).filter(entry -> entry.content.isPresent() || entry.unread).isEmpty();
            world.require(org, source == Source.PRIVATE ? Resource.DOCUMENTS : Resource.LISTINGS,
                    present(source, org).count(), isNew ? 1 : 0);
        }
    }

    /** Puts what has its chunks already; returns its revision. */
    long load(OrgId org, Source source, Content content, String modelId, List<Chunk> chunks) {
        check(chunks);
        synchronized (world) {
            world.reach();
            world.active(org);
            ContentKey key = new ContentKey(org, content.id());
            Entry entry = of(source).computeIfAbsent(key, one -> new Entry(one, world.now()));
            requireRoom(org, source, List.of(content));
            requireRoom(org, entry.chunks.chunks(), chunks);
            entry.revision++;
            entry.content = Optional.of(content);
            entry.unread = false;
            entry.job = Optional.empty();
            entry.updatedAt = world.now();
            entry.chunks = new ContentChunks(key, entry.revision, modelId, entry.updatedAt, content.title(),
                    content.fields(), content.groups(), chunks);
            written.put(org, world.now());
            changes.append(scope(org, source), key);
            return entry.revision;
        }
    }

    /** The payload of the job of the next write. */
    String nextPayload() {
        synchronized (world) {
            return "{\"write\":" + (writes.size() + 1) + "}";
        }
    }

    /** Puts what has been enqueued with {@link #nextPayload}; returns its revision. */
    long putNext(OrgId org, Source source, Content content, JobId job) {
        synchronized (world) {
            return put(org, source, content, writes.size() + 1L, job).revision();
        }
    }

    /** The same of what is to be read first. */
    long putUnread(OrgId org, Source source, Content given, JobId job) {
        synchronized (world) {
            ContentKey key = new ContentKey(org, given.id());
            Entry entry = of(source).computeIfAbsent(key, one -> new Entry(one, world.now()));
            entry.revision++;
            entry.unread = true;
            entry.unreadGroups = given.groups();
            entry.job = Optional.of(job);
            entry.updatedAt = world.now();
            writes.put(writes.size() + 1L, new Write(source, key, entry.revision));
            return entry.revision;
        }
    }

    /** What has been read, and enqueued with {@link #nextPayload}. */
    void setText(OrgId org, Source source, Content content, JobId job) {
        synchronized (world) {
            ContentKey key = new ContentKey(org, content.id());
            Entry entry = World.known(of(source).get(key), content.id());
            entry.content = Optional.of(content);
            entry.unread = false;
            entry.job = Optional.of(job);
            narrow(source, key, entry, content.groups());
            writes.put(writes.size() + 1L, new Write(source, key, entry.revision));
        }
    }

    /** The same revision goes on with another job, enqueued with {@link #nextPayload}. */
    void setJob(OrgId org, Source source, String id, JobId job) {
        synchronized (world) {
            ContentKey key = new ContentKey(org, id);
            Entry entry = World.known(of(source).get(key), id);
            entry.job = Optional.of(job);
            writes.put(writes.size() + 1L, new Write(source, key, entry.revision));
        }
    }

    /** The job of the newest revision. */
    Optional<JobId> job(OrgId org, Source source, String id) {
        synchronized (world) {
            return entry(org, source, id).flatMap(entry -> entry.job);
        }
    }

    /** Everything that an organisation ever put. */
    List<String> ids(OrgId org, Source source) {
        synchronized (world) {
            return of(source).keySet().stream().filter(key -> key.org().equals(org)).map(ContentKey::id).toList();
        }
    }

    /** What is searchable in its newest revision, by the vectors of another model; in the order of the ids. */
    List<String> outdated(OrgId org, Source source, String modelId) {
        synchronized (world) {
            return of(source).entrySet().stream().filter(one -> one.getKey().org().equals(org))
                    .filter(one -> one.getValue().chunks.revision() == one.getValue().revision
                            && !one.getValue().chunks.chunks().isEmpty()
                            && !one.getValue().chunks.modelId().equals(modelId))
                    .map(one -> one.getKey().id()).toList();
        }
    }

    /** How many documents' chunks are read at once. */
    void readAtMost(int documents) {
        atOnce = documents;
    }

    /** The summary of an organisation with what it has of documents and listings. */
    OrgSummary counted(OrgSummary jobs, Optional<Instant> lastSearched) {
        OrgId org = jobs.org().id();
        synchronized (world) {
            return new OrgSummary(jobs.org(), present(Source.PRIVATE, org).count(),
                    present(Source.MARKETPLACE, org).count(), sum(org, entry -> entry.chunks.chunks().size()),
                    sum(org, Entry::bytes), jobs.queuedJobs(), jobs.runningJobs(),
                    Optional.ofNullable(written.get(org)), lastSearched);
        }
    }

    @GuardedBy("world")
    private long sum(OrgId org, ToLongFunction<Entry> what) {
        long sum = 0;
        for (Source source : Source.values()) {
            sum += present(source, org).mapToLong(what).sum();
        }
        return sum;
    }

    @GuardedBy("world")
    private Stream<Entry> present(Source source, OrgId org) {
        return of(source).entrySet().stream().filter(one -> one.getKey().org().equals(org)).map(Map.Entry::getValue)
                .filter(entry -> entry.content.isPresent() || entry.unread);
    }

    /** Removes everything of an organisation, and says how much; the marketplace hears of its listings. */
    ErasureReceipt.Rows erase(OrgId org) {
        synchronized (world) {
            ErasureReceipt.Rows removed = new ErasureReceipt.Rows(count(Source.PRIVATE, org),
                    count(Source.MARKETPLACE, org), entries.values().stream().flatMap(all -> all.entrySet().stream())
                            .filter(one -> one.getKey().org().equals(org))
                            .mapToLong(one -> one.getValue().chunks.chunks().size())
                            .sum(),
                    0, 0, 0, 0, 0);
            of(Source.MARKETPLACE).forEach((key, entry) -> {
                if (key.org().equals(org)) {
                    changes.append(new IndexScope.MarketIndex(), key);
                }
            });
            entries.values().forEach(all -> all.keySet().removeIf(key -> key.org().equals(org)));
            written.remove(org);
            return removed;
        }
    }

    @GuardedBy("world")
    private long count(Source source, OrgId org) {
        return of(source).keySet().stream().filter(key -> key.org().equals(org)).count();
    }

    private boolean holds(IndexScope scope, ContentKey key) {
        return switch (scope) {
            case IndexScope.MarketIndex market -> true;
            case IndexScope.PrivateIndex own ->
                    key.org().equals(own.org()) && world.lives(own.org(), own.incarnation());
        };
    }

    private IndexScope scope(OrgId org, Source source) {
        return switch (source) {
            case PRIVATE -> new IndexScope.PrivateIndex(org, world.existing(org).incarnation());
            case MARKETPLACE -> new IndexScope.MarketIndex();
        };
    }

    @GuardedBy("world")
    private Optional<Entry> entry(OrgId org, Source source, String id) {
        world.reach();
        world.active(org);
        return Optional.ofNullable(of(source).get(new ContentKey(org, id)));
    }

    @GuardedBy("world")
    private NavigableMap<ContentKey, Entry> of(Source source) {
        return World.known(entries.get(source), source.name());
    }
}
