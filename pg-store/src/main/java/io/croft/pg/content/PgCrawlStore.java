package io.croft.pg.content;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.intake.Crawl;
import io.croft.intake.IngestStatus.Failure;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobRequest;
import io.croft.pg.queue.PgJobStore;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.ForeignKeyException;
import io.croft.pg.tx.Refusals;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import io.croft.pg.tx.Tx;
import io.croft.search.Source;
import io.croft.spi.CrawlStore;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Crawls. Each write of one locks its row first, so that two writers of it wait for one another. */
public final class PgCrawlStore implements CrawlStore {

    private static final int JOB_COMPLETED = 5;
    private static final int JOB_DEAD = 4;

    private final Transactions transactions;
    private final PgJobStore jobs;

    public PgCrawlStore(Transactions transactions, PgJobStore jobs) {
        this.transactions = transactions;
        this.jobs = jobs;
    }

    @Override
    public Requested request(OrgId org, Crawl crawl, JobKind kind) {
        try {
            return transactions.run(Access.tenant(org), tx -> request(tx, org, crawl, kind));
        } catch (ForeignKeyException e) {
            throw Refusals.unknown(org); // erased between two statements
        }
    }

    private Requested request(Tx tx, OrgId org, Crawl crawl, JobKind kind) throws SQLException {
        Optional<Made> before = tx.query(CrawlSql.BEFORE, p -> p.org(org).text(crawl.name()),
                Rows.first(row -> new Made(source(row.getInt("source")), Json.readFields(row.getString("fields")))));
        Optional<Optional<JobId>> known = tx.query(CrawlSql.REQUEST, p -> p.text(crawl.name())
                .int4(code(crawl.source())).text(crawl.start()).int4(crawl.maxDepth()).int4(crawl.maxPages())
                .int4(Math.toIntExact(crawl.delay().toMillis())).text(Json.write(crawl.fields())).org(org),
                Rows.first(row -> Optional.ofNullable(row.getObject("job_id", Long.class)).map(JobId::new)));
        Optional<JobId> job = known.orElseThrow(() -> Refusals.unknown(org));
        if (job.isEmpty() && tx.query(CrawlSql.COUNT, p -> p.org(org).int4(MAX_CRAWLS + 1),
                Rows.one(row -> row.getInt(1))) > MAX_CRAWLS) {
            throw new InvalidInputException("organisation " + org + " has " + MAX_CRAWLS + " crawls, and \""
                    + crawl.name() + "\" would be one more: remove one, or give a name that it has");
        }
        boolean live = job.isPresent()
                && tx.query(CrawlSql.IS_LIVE, p -> p.org(org).int8(job.get().value()), Rows.any());
        boolean moves = before.isPresent() && before.get().source() != crawl.source();
        if (moves && live) {
            throw new InvalidInputException("crawl \"" + crawl.name() + "\" is under way with another source: wait for"
                    + " its end or cancel its job, or give this one another name");
        }
        if (moves) {
            tx.update(new Tx.Step(CrawlSql.CHANGE_SOURCE, p -> p.org(org).text(crawl.name())),
                    new Tx.Step(CrawlSql.GIVE_UP, p -> p.org(org).text(crawl.name())),
                    new Tx.Step(CrawlSql.CLOSE, p -> p.org(org).text(crawl.name())));
        }
        if (moves || (before.isPresent() && !before.get().fields().equals(crawl.fields()))) {
            tx.update(CrawlSql.ASK_ANEW, p -> p.org(org).text(crawl.name()));
        }
        if (live) {
            return new Requested(job.get(), true);
        }
        JobId next = jobs.enqueueIn(tx, org, List.of(JobRequest.of(kind, Json.writeCrawl(crawl.name())))).getFirst()
                .id();
        tx.updateAndCommit(new Tx.Step(CrawlSql.SET_JOB, p -> p.int8(next.value()).org(org).text(crawl.name())));
        return new Requested(next, false);
    }

    @Override
    public List<String> left(OrgId org, String name, int limit) {
        Refusals.requireBatch("documents", limit, MAX_PAGE);
        return transactions.query(Access.tenant(org), CrawlSql.LEFT, p -> p.org(org).text(name).int4(limit),
                Rows.list(row -> row.getString("left_document")));
    }

    @Override
    public void forgetLeft(OrgId org, String name, List<String> ids) {
        transactions.update(Access.tenant(org), CrawlSql.FORGET_LEFT, p -> p.org(org).text(name).texts(ids));
    }

    @Override
    public Optional<JobId> remove(OrgId org, String name) {
        return transactions.run(Access.tenant(org), tx -> {
            Optional<Optional<JobId>> known = tx.query(CrawlSql.LOCK_JOB, p -> p.org(org).text(name),
                    Rows.first(row -> Optional.ofNullable(row.getObject("job_id", Long.class)).map(JobId::new)));
            if (known.isPresent()) {
                tx.updateAndCommit(new Tx.Step(CrawlSql.REMOVE_PAGES, p -> p.org(org).text(name)),
                        new Tx.Step(CrawlSql.REMOVE, p -> p.org(org).text(name)));
            }
            return known.orElse(Optional.empty());
        });
    }

    private static int code(Source source) {
        return switch (source) {
            case PRIVATE -> 0;
            case MARKETPLACE -> 1;
        };
    }

    private static Source source(int code) {
        return code == 0 ? Source.PRIVATE : Source.MARKETPLACE;
    }

    /**
     * What a crawl makes of pages.
     *
     * @param source documents or listings
     * @param fields of each
     */
    private record Made(Source source, Map<String, String> fields) {
    }

    @Override
    public Optional<Crawl> pending(OrgId org, String payload) {
        String name = Json.readCrawl(payload);
        return transactions.query(Access.tenant(org), CrawlSql.FIND, p -> p.org(org).text(name).org(org),
                ofActive(org, PgCrawlStore::readCrawl));
    }

    @Override
    public Optional<Progress> progress(OrgId org, String name) {
        return transactions.query(Access.tenant(org), CrawlSql.PROGRESS, p -> p.org(org).text(name).org(org),
                ofActive(org, PgCrawlStore::readProgress));
    }

    /** The row's crawl, if there is one. */
    private static <T> Rows<Optional<T>> ofActive(OrgId org, Rows.Row<T> row) {
        return rows -> {
            if (!rows.next()) {
                throw Refusals.unknown(org);
            }
            return rows.getString("start") == null ? Optional.empty() : Optional.of(row.read(rows));
        };
    }

    @Override
    public List<Progress> list(OrgId org, Optional<String> after, int limit) {
        Refusals.requireBatch("crawls", limit, MAX_PAGE);
        return transactions.query(Access.tenant(org), CrawlSql.LIST,
                p -> p.org(org).text(after.orElse("")).int4(limit), Rows.list(PgCrawlStore::readProgress));
    }

    private static Crawl readCrawl(ResultSet row) throws SQLException {
        return new Crawl(source(row.getInt("source")), row.getString("name"),
                row.getString("start"), row.getInt("max_depth"), row.getInt("max_pages"),
                Duration.ofMillis(row.getInt("delay_ms")), Json.readFields(row.getString("fields")));
    }

    private static Progress readProgress(ResultSet row) throws SQLException {
        Optional<Failure> failure = failure(row);
        Integer live = row.getObject("job_state", Integer.class);
        Step step = failure.isPresent() ? Step.FAILED : live != null ? Step.LIVE : Step.DONE;
        return new Progress(readCrawl(row), row.getLong("round"), step, row.getLong("waiting"), row.getLong("kept"),
                row.getLong("failed"), new JobId(row.getLong("job_id")), failure,
                Optional.ofNullable(row.getString("put_off")));
    }

    private static Optional<Failure> failure(ResultSet row) throws SQLException {
        Integer live = row.getObject("job_state", Integer.class);
        if (live != null) {
            return live == JOB_DEAD
                    ? Optional.of(new Failure("its job is a dead letter: " + row.getString("error_class") + ": "
                            + row.getString("error_message"), "redrive its job, or ask for the crawl again"))
                    : Optional.empty();
        }
        Integer outcome = row.getObject("outcome", Integer.class);
        if (outcome == null ? !row.getBoolean("is_open") : outcome == JOB_COMPLETED) {
            return Optional.empty();
        }
        String note = Objects.requireNonNullElse(row.getString("note"), "");
        return Optional.of(new Failure(note.isEmpty() ? "its job ended before its round did" : note,
                "ask for the crawl again, and it goes on"));
    }

    @Override
    public Round begin(OrgId org, String crawl, int maxPages) {
        int bytes = crawl.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > MAX_CRAWL_BYTES) {
            throw new InvalidInputException("the name of a crawl has " + bytes + " bytes and must have 1 to "
                    + MAX_CRAWL_BYTES);
        }
        if (maxPages < 1 || maxPages > MAX_PAGES) {
            throw new InvalidInputException("a round of " + maxPages + " pages: give 1 to " + MAX_PAGES);
        }
        try {
            return transactions.run(Access.tenant(org), tx -> {
                tx.update(CrawlSql.ENSURE, p -> p.text(crawl).org(org));
                CrawlLine line = CrawlLine.lock(tx, org, crawl).orElseThrow(() -> Refusals.unknown(org));
                return line.isOpen() ? line.round(false) : line.begin(tx, maxPages);
            });
        } catch (ForeignKeyException e) {
            throw Refusals.unknown(org); // erased between two statements
        }
    }

    @Override
    public void setDelay(OrgId org, String crawl, Duration delay) {
        int set = transactions.run(Access.tenant(org), tx -> tx.updateAndCommit(new Tx.Step(CrawlSql.SET_DELAY,
                p -> p.int8(delay.toMillis()).org(org).text(crawl))));
        if (set == 0) {
            throw notOpen(crawl);
        }
    }

    @Override
    public void offer(OrgId org, String crawl, List<Target> targets) {
        checkOffered(targets);
        transactions.run(Access.tenant(org), tx -> {
            CrawlLine line = open(tx, org, crawl);
            line.offer(tx, targets);
            tx.updateAndCommit(line.kept());
            return line;
        });
    }

    @Override
    public void finish(OrgId org, String crawl, Visit visit, List<Target> found) {
        checkOffered(found);
        transactions.run(Access.tenant(org), tx -> {
            CrawlLine line = open(tx, org, crawl);
            line.offer(tx, found);
            tx.updateAndCommit(line.finished(visit), line.kept());
            return line;
        });
    }

    private static void checkOffered(List<Target> targets) {
        if (targets.size() > MAX_OFFERED) {
            throw new InvalidInputException(targets.size() + " targets are offered at once: offer at most "
                    + MAX_OFFERED);
        }
    }

    private static CrawlLine open(Tx tx, OrgId org, String crawl) throws SQLException {
        return CrawlLine.lock(tx, org, crawl).filter(CrawlLine::isOpen).orElseThrow(() -> notOpen(crawl));
    }

    private static InvalidInputException notOpen(String crawl) {
        return new InvalidInputException("crawl \"" + crawl + "\" has no round open: begin one first");
    }

    @Override
    public Optional<Waiting> next(OrgId org, String crawl) {
        return transactions.query(Access.tenant(org), CrawlSql.NEXT, p -> p.org(org).text(crawl),
                Rows.first(row -> new Waiting(CrawlLine.target(row), row.getInt("failures"),
                        Optional.ofNullable(row.getString("etag")),
                        Optional.ofNullable(row.getString("last_modified")),
                        Optional.ofNullable(row.getString("document")), CrawlLine.outcome(row))));
    }

    @Override
    public void end(OrgId org, String crawl) {
        transactions.run(Access.tenant(org), tx -> CrawlLine.lock(tx, org, crawl).isEmpty()
                ? 0
                : tx.updateAndCommit(new Tx.Step(CrawlSql.GIVE_UP, p -> p.org(org).text(crawl)),
                        new Tx.Step(CrawlSql.CLOSE, p -> p.org(org).text(crawl))));
    }
}
