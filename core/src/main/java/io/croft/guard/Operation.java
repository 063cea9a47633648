package io.croft.guard;

import io.croft.limits.Tier;

/**
 * The calls that pass the gate: how each is named, what its actor needs to be allowed, and how often it may be made.
 */
public enum Operation {

    ORGS_CREATE("orgs.create", Permission.ADMINISTER, Tier.LOW),
    ORGS_SUMMARY("orgs.summary", Permission.READ, Tier.LOW),
    ORGS_LIST("orgs.list", Permission.CROSS_ORG, Tier.LOW),
    ORGS_QUOTAS("orgs.quotas", Permission.READ, Tier.LOW),
    ORGS_SET_QUOTAS("orgs.setQuotas", Permission.CROSS_ORG, Tier.LOW),
    ORGS_EXPORT("orgs.export", Permission.ADMINISTER, Tier.EXPENSIVE),
    ORGS_SUSPEND("orgs.suspend", Permission.CROSS_ORG, Tier.LOW),
    ORGS_RESUME("orgs.resume", Permission.CROSS_ORG, Tier.LOW),
    ORGS_ERASE("orgs.erase", Permission.ADMINISTER, Tier.EXPENSIVE),

    DOCUMENTS_PUT("documents.put", Permission.WRITE, Tier.STANDARD),
    DOCUMENTS_DELETE("documents.delete", Permission.WRITE, Tier.STANDARD),
    DOCUMENTS_FIND("documents.find", Permission.READ, Tier.HIGH),
    DOCUMENTS_STATUS("documents.status", Permission.READ, Tier.HIGH),
    DOCUMENTS_COPY("documents.copy", Permission.WRITE, Tier.EXPENSIVE),

    MARKETPLACE_PUBLISH("marketplace.publish", Permission.PUBLISH, Tier.STANDARD),
    MARKETPLACE_WITHDRAW("marketplace.withdraw", Permission.PUBLISH, Tier.STANDARD),
    MARKETPLACE_FIND("marketplace.find", Permission.READ, Tier.HIGH),
    MARKETPLACE_STATUS("marketplace.status", Permission.READ, Tier.HIGH),

    INGEST_DOCUMENT("ingest.document", Permission.WRITE, Tier.STANDARD),
    INGEST_LISTING("ingest.listing", Permission.PUBLISH, Tier.STANDARD),
    INGEST_UPLOAD("ingest.upload", Permission.WRITE, Tier.STANDARD),
    INGEST_IMPORT("ingest.imported", Permission.WRITE, Tier.STANDARD),
    INGEST_CRAWL("ingest.crawl", Permission.WRITE, Tier.EXPENSIVE),
    INGEST_REMOVE_CRAWL("ingest.removeCrawl", Permission.WRITE, Tier.STANDARD),
    INGEST_CRAWL_STATUS("ingest.crawlStatus", Permission.READ, Tier.STANDARD),
    INGEST_CRAWLS("ingest.crawls", Permission.READ, Tier.LOW),
    INGEST_STATUS("ingest.status", Permission.READ, Tier.HIGH),
    INGEST_COUNTS("ingest.counts", Permission.READ, Tier.LOW),
    INGEST_REEMBED("ingest.reembed", Permission.WRITE, Tier.EXPENSIVE),
    INGEST_OUTDATED("ingest.outdated", Permission.READ, Tier.LOW),
    INGEST_WATCH("ingest.watch", Permission.READ, Tier.STANDARD),
    INGEST_AWAIT("ingest.await", Permission.READ, Tier.STANDARD),

    SEARCH("search", Permission.READ, Tier.HIGH),
    SEARCH_CLICKED("search.clicked", Permission.READ, Tier.HIGH),
    SEARCH_LAG("search.lag", Permission.READ, Tier.STANDARD),

    AUDIT_LIST("audit.list", Permission.AUDIT, Tier.LOW),
    AUDIT_LIST_ALL("audit.listAll", Permission.CROSS_ORG, Tier.LOW),

    FLAGS_IS_ON("flags.isOn", Permission.READ, Tier.FREE),
    FLAGS_SETTINGS("flags.settings", Permission.READ, Tier.LOW),
    FLAGS_SET("flags.set", Permission.CROSS_ORG, Tier.LOW),
    FLAGS_SETTINGS_OF_ALL("flags.settingsOfAll", Permission.CROSS_ORG, Tier.LOW),
    FLAGS_SET_FOR_ALL("flags.setForAll", Permission.CROSS_ORG, Tier.LOW),

    ANALYTICS_REPORT("analytics.report", Permission.ADMINISTER, Tier.LOW),
    ANALYTICS_KEEP_TEXTS("analytics.keepTexts", Permission.ADMINISTER, Tier.LOW),
    ANALYTICS_OVERALL("analytics.overall", Permission.CROSS_ORG, Tier.LOW),

    JOBS_ENQUEUE("jobs.enqueue", Permission.WRITE, Tier.STANDARD),
    JOBS_ENQUEUE_FLOW("jobs.enqueueFlow", Permission.WRITE, Tier.STANDARD),
    JOBS_FIND("jobs.find", Permission.READ, Tier.HIGH),
    JOBS_PARENTS("jobs.parents", Permission.READ, Tier.HIGH),
    JOBS_WATCH("jobs.watch", Permission.READ, Tier.STANDARD),
    JOBS_AWAIT("jobs.await", Permission.READ, Tier.STANDARD),

    JOBS_DEAD_LETTERS("jobs.deadLetters", Permission.READ, Tier.STANDARD),
    JOBS_REDRIVE("jobs.redrive", Permission.ADMINISTER, Tier.STANDARD),
    JOBS_REDRIVE_FILTERED("jobs.redriveFiltered", Permission.ADMINISTER, Tier.EXPENSIVE),
    JOBS_CANCEL("jobs.cancel", Permission.WRITE, Tier.STANDARD),
    JOBS_DISCARD("jobs.discard", Permission.ADMINISTER, Tier.STANDARD),
    JOBS_DISCARD_FILTERED("jobs.discardFiltered", Permission.ADMINISTER, Tier.EXPENSIVE),
    JOBS_SET_LIMITS("jobs.setLimits", Permission.ADMINISTER, Tier.LOW),
    JOBS_LIMITS("jobs.limits", Permission.READ, Tier.STANDARD),
    JOBS_PAUSE("jobs.pause", Permission.ADMINISTER, Tier.LOW),
    JOBS_RESUME("jobs.resume", Permission.ADMINISTER, Tier.LOW),
    JOBS_PAUSE_ALL("jobs.pauseAll", Permission.ADMINISTER, Tier.LOW),
    JOBS_RESUME_ALL("jobs.resumeAll", Permission.ADMINISTER, Tier.LOW),
    JOBS_LANES("jobs.lanes", Permission.READ, Tier.STANDARD),
    JOBS_COUNTS("jobs.counts", Permission.READ, Tier.STANDARD),
    JOBS_LIST("jobs.list", Permission.READ, Tier.STANDARD),
    JOBS_STATS("jobs.stats", Permission.READ, Tier.STANDARD),

    SCHEDULES_PUT("schedules.put", Permission.WRITE, Tier.STANDARD),
    SCHEDULES_REMOVE("schedules.remove", Permission.WRITE, Tier.STANDARD),
    SCHEDULES_PAUSE("schedules.pause", Permission.WRITE, Tier.STANDARD),
    SCHEDULES_RESUME("schedules.resume", Permission.WRITE, Tier.STANDARD),
    SCHEDULES_TRIGGER("schedules.trigger", Permission.WRITE, Tier.STANDARD),
    SCHEDULES_FIND("schedules.find", Permission.READ, Tier.HIGH),
    SCHEDULES_LIST("schedules.list", Permission.READ, Tier.STANDARD),

    GLOBAL_SCHEDULES_PUT("globalSchedules.put", Permission.CROSS_ORG, Tier.LOW),
    GLOBAL_SCHEDULES_REMOVE("globalSchedules.remove", Permission.CROSS_ORG, Tier.LOW),
    GLOBAL_SCHEDULES_PAUSE("globalSchedules.pause", Permission.CROSS_ORG, Tier.LOW),
    GLOBAL_SCHEDULES_RESUME("globalSchedules.resume", Permission.CROSS_ORG, Tier.LOW),
    GLOBAL_SCHEDULES_TRIGGER("globalSchedules.trigger", Permission.CROSS_ORG, Tier.LOW),
    GLOBAL_SCHEDULES_FIND("globalSchedules.find", Permission.CROSS_ORG, Tier.LOW),
    GLOBAL_SCHEDULES_LIST("globalSchedules.list", Permission.CROSS_ORG, Tier.LOW),

    QUEUES_LIST("queues.list", Permission.CROSS_ORG, Tier.LOW),
    QUEUES_COUNTS("queues.counts", Permission.CROSS_ORG, Tier.LOW),
    QUEUES_LANES("queues.lanes", Permission.CROSS_ORG, Tier.LOW),
    QUEUES_STATS("queues.stats", Permission.CROSS_ORG, Tier.LOW),
    QUEUES_LIMITS("queues.limits", Permission.CROSS_ORG, Tier.LOW),
    QUEUES_SET_LIMITS("queues.setLimits", Permission.CROSS_ORG, Tier.LOW),
    QUEUES_PAUSE("queues.pause", Permission.CROSS_ORG, Tier.LOW),
    QUEUES_RESUME("queues.resume", Permission.CROSS_ORG, Tier.LOW),

    SHARDS_MOVE("shards.move", Permission.CROSS_ORG, Tier.EXPENSIVE),
    SHARDS_MOVING("shards.moving", Permission.CROSS_ORG, Tier.LOW);

    private final String label;
    private final Permission permission;
    private final Tier tier;

    Operation(String label, Permission permission, Tier tier) {
        this.label = label;
        this.permission = permission;
        this.tier = tier;
    }

    /** How logs, messages and observers name it. */
    public String label() {
        return label;
    }

    /** What its actor needs to be allowed. */
    public Permission permission() {
        return permission;
    }

    /** How often it may be made. */
    public Tier tier() {
        return tier;
    }
}
