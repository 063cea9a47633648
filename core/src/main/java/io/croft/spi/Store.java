package io.croft.spi;

/**
 * The database: where truth lives. One object for all its parts, opened by the host and closed by the {@code Croft}
 * that it is given to. Its parts are thread-safe. They throw {@code InvalidInputException} for values that they refuse,
 * {@code UnknownOrgException} for an organisation that does not exist or is being erased, {@code OrgSuspendedException}
 * for one that is suspended, and {@code StoreUnavailableException} when the database cannot be reached; in that case
 * the call may be repeated.
 */
public interface Store extends AutoCloseable {

    /** Organisations. */
    OrgStore orgs();

    /** Documents, listings and their chunks. */
    ContentStore content();

    /** What has changed since an index was last brought up to date. */
    ChangeFeed changes();

    /** Jobs. */
    JobStore jobs();

    /** Counts of searches. */
    AnalyticsStore analytics();

    /** What administration did. */
    AuditStore audit();

    /** Switches. */
    FlagStore flags();

    /** How often calls may still be made. */
    RateStore rates();

    /** What documents and listings are made of. */
    InputStore inputs();

    /** Crawls of sites. */
    CrawlStore crawls();

    /** When sites that are crawled may be asked. */
    SitePace sites();

    /** What organisations spend on embedding. */
    SpendStore spends();

    /** Files as they were given, kept in the database. */
    BlobStore blobs();

    /** Secrets that all processes share. */
    SecretStore secrets();

    /**
     * Removes what has outlived its retention: finished jobs, idempotency keys, changes every index has had time to
     * read, old counts of searches, old entries of the audit log, full buckets of calls. Called every few minutes by
     * each process; must bear being called by several at once.
     */
    void expire();

    /** Releases what the store opened itself. */
    @Override
    void close();
}
