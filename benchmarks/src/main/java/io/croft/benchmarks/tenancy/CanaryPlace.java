package io.croft.benchmarks.tenancy;

import io.croft.benchmarks.tenancy.Canary.Kind;

/** Where canaries are looked for, and which may be there. Secrets may be nowhere. */
enum CanaryPlace {

    LOG("the library's log, with its context", "none"),
    METRICS("observers of calls, index events, alerts", "none"),
    THROWN("what calls throw: messages, causes, suppressed", "own ids and names"),
    TEXT_FORMS("text forms of values", "own ids and names, listings' ids"),
    OWN_ANSWERS("answers to own calls", "own, published"),
    FOREIGN_ANSWERS("answers to calls with others' values", "own, published, the value"),
    OPERATORS("answers to operators", "actors"),
    JOB_NEWS("what listeners of jobs hear", "own"),
    ROWS("rows that the application's role sees", "own, published"),
    PRIVATE_INDEX("files of private indexes", "own documents'"),
    MARKET_INDEX("files of the marketplace's index", "published"),
    OTHER_FILES("other files of the data folder", "none"),
    TEMP_FILES("new temporary files", "none"),
    STATEMENTS("Postgres's log: statements, errors, contexts", "none"),
    PARAMETERS("Postgres's log: parameters", "all"),
    SESSIONS("what Postgres shows of sessions", "none"),
    NOTIFICATIONS("what processes tell each other", "none"),
    THREADS("names of threads", "none"),
    MEMORY("what an erasing process still holds", "all but the erased organisation's");

    private final String shown;
    private final String allowed;

    CanaryPlace(String shown, String allowed) {
        this.shown = shown;
        this.allowed = allowed;
    }

    String shown() {
        return shown;
    }

    /** Which may be there, in words. */
    String allowed() {
        return allowed;
    }

    /**
     * Whether this one may be there.
     *
     * @param owner the number of the organisation that the place is of; in memory, of the erased one
     */
    boolean allows(Canary found, int owner) {
        boolean own = found.org() == owner;
        boolean published = Kind.PUBLISHED.contains(found.kind());
        return switch (this) {
            case LOG, METRICS, OTHER_FILES, TEMP_FILES, STATEMENTS, SESSIONS, NOTIFICATIONS, THREADS -> false;
            case THROWN -> own && Kind.NAMES.contains(found.kind());
            case TEXT_FORMS -> (own && Kind.NAMES.contains(found.kind())) || found.kind() == Kind.LISTING_ID;
            case OWN_ANSWERS, FOREIGN_ANSWERS, ROWS -> own || published;
            case OPERATORS -> found.kind() == Kind.ACTOR;
            case JOB_NEWS -> own;
            case PRIVATE_INDEX -> own && Kind.INDEXED.contains(found.kind());
            case MARKET_INDEX -> published;
            case PARAMETERS -> true;
            case MEMORY -> !own;
        };
    }
}
