package io.croft.spi.memory;

import io.croft.ErasureReceipt;
import io.croft.OrgId;
import io.croft.spi.AnalyticsStore;
import io.croft.spi.AuditStore;
import io.croft.spi.BlobStore;
import io.croft.spi.ChangeFeed;
import io.croft.spi.ContentStore;
import io.croft.spi.CrawlStore;
import io.croft.spi.FlagStore;
import io.croft.spi.InputStore;
import io.croft.spi.JobStore;
import io.croft.spi.OrgStore;
import io.croft.spi.RateStore;
import io.croft.spi.SecretStore;
import io.croft.spi.SitePace;
import io.croft.spi.SpendStore;
import io.croft.spi.Store;
import java.time.InstantSource;

/**
 * A store that keeps everything in memory, and keeps it when it is closed. Its clock may be a {@link SettableClock}.
 * Those methods of its job store that take a connection do not look at it and take effect at once. Thread-safe.
 */
public final class InMemoryStore implements Store {

    private final World world;
    private final MemoryJobs jobs;
    private final MemoryChanges changes;
    private final MemoryContent content;
    private final MemoryAnalytics analytics;
    private final MemoryFlags flags;
    private final MemoryRates rates;
    private final MemoryInputs inputs;
    private final MemoryCrawls crawls;
    private final MemorySites sites;
    private final MemorySpends spends;
    private final MemoryBlobs blobs;
    private final MemorySecrets secrets;

    /** An empty store by the system's clock. */
    public InMemoryStore() {
        this(InstantSource.system());
    }

    /** An empty store by this clock. */
    public InMemoryStore(InstantSource clock) {
        world = new World(clock);
        jobs = new MemoryJobs(world);
        changes = new MemoryChanges(world);
        content = new MemoryContent(world, jobs, changes);
        analytics = new MemoryAnalytics(world);
        flags = new MemoryFlags(world);
        rates = new MemoryRates(world);
        inputs = new MemoryInputs(world, jobs, content);
        crawls = new MemoryCrawls(world, jobs);
        sites = new MemorySites(world);
        spends = new MemorySpends(world);
        blobs = new MemoryBlobs(world);
        secrets = new MemorySecrets(world);
    }

    /** Lets every call fail with {@link io.croft.StoreUnavailableException} until {@link #comeBack}. */
    public void goAway() {
        world.setAway(true);
    }

    /** Ends {@link #goAway}. */
    public void comeBack() {
        world.setAway(false);
    }

    /** Reads the chunks of no more documents at once from now on, as a store does whose documents are large. */
    public void readAtMost(int documents) {
        content.readAtMost(documents);
    }

    @Override
    public OrgStore orgs() {
        return new MemoryOrgs(world,
                org -> content.counted(jobs.summary(org), analytics.lastHour(org.id())), this::erased);
    }

    private ErasureReceipt.Rows erased(OrgId org) {
        flags.erase(org);
        rates.erase(org);
        inputs.erase(org);
        crawls.erase(org);
        spends.erase(org);
        return content.erase(org).plus(new ErasureReceipt.Rows(0, 0, 0, changes.erase(org), jobs.erase(org),
                analytics.erase(org), 0, blobs.erase(org)));
    }

    @Override
    public ContentStore content() {
        return content;
    }

    @Override
    public ChangeFeed changes() {
        return changes;
    }

    @Override
    public JobStore jobs() {
        return jobs;
    }

    @Override
    public AnalyticsStore analytics() {
        return analytics;
    }

    @Override
    public AuditStore audit() {
        return world.audit();
    }

    @Override
    public FlagStore flags() {
        return flags;
    }

    @Override
    public RateStore rates() {
        return rates;
    }

    @Override
    public InputStore inputs() {
        return inputs;
    }

    @Override
    public CrawlStore crawls() {
        return crawls;
    }

    @Override
    public SitePace sites() {
        return sites;
    }

    @Override
    public SpendStore spends() {
        return spends;
    }

    @Override
    public BlobStore blobs() {
        return blobs;
    }

    @Override
    public SecretStore secrets() {
        return secrets;
    }

    @Override
    public void expire() {
        world.reach();
        jobs.expire();
        changes.expire();
        analytics.expire();
        world.expire();
    }

    @Override
    public void close() {
    }
}
