package io.croft.examples.product;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.Croft;
import io.croft.StoreUnavailableException;
import io.croft.TenantContext;
import io.croft.content.Document;
import io.croft.job.JobId;
import io.croft.job.JobKind;
import io.croft.job.JobReceipt;
import io.croft.job.JobRequest;
import io.croft.job.JobResult;
import io.croft.job.JobState;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutageTest {

    private static final JobKind WORK = JobKind.of("work", "work");

    private final TenantContext acme = Host.member("acme");

    @Test
    void postgresAway_readsGoOnWritesFailClearlyAndNoJobIsLost(@TempDir Path folder) throws Exception {
        String direct = Host.newDatabase();
        CountDownLatch running = new CountDownLatch(4);
        CountDownLatch away = new CountDownLatch(1);
        var done = ConcurrentHashMap.<Long>newKeySet();
        try (PostgresProxy proxy = new PostgresProxy(direct);
                Croft croft = Host.builder(proxy.through(direct), folder).handler(WORK, job -> {
                    running.countDown();
                    away.await(30, TimeUnit.SECONDS);
                    done.add(job.id().value());
                    return JobResult.completed("{\"n\": 1}");
                }).start()) {
            croft.orgs().create(acme);
            Host.searchAfter(croft, acme, "otters", croft.documents().put(acme, Document.text("d", "otters swim")));
            List<JobId> ids = croft.jobs().enqueueAll(acme,
                    IntStream.range(0, 20).mapToObj(i -> JobRequest.of(WORK, "{}")).toList()).stream()
                    .map(JobReceipt::id).toList();
            assertThat(running.await(30, TimeUnit.SECONDS)).isTrue();

            proxy.takeAway();
            away.countDown();
            SearchResults results = croft.search().search(acme, SearchQuery.of("otters"));
            assertThat(results.hits()).extracting(hit -> hit.id()).containsExactly("d");
            assertThat(results.incomplete()).isEmpty();
            assertThatThrownBy(() -> croft.documents().put(acme, Document.text("e", "lost")))
                    .isInstanceOf(StoreUnavailableException.class);
            proxy.giveBack();

            for (JobId id : ids) {
                Host.await("job " + id + " is done", () -> isCompleted(croft, id));
            }
            assertThat(done).hasSize(ids.size());
            SearchResults after = Host.searchAfter(croft, acme, "found",
                    croft.documents().put(acme, Document.text("f", "found again")));
            assertThat(after.hits()).extracting(hit -> hit.id()).contains("f");
        }
    }

    /** Pooled connections that were cut fail once more when they are used next. */
    private boolean isCompleted(Croft croft, JobId id) {
        try {
            return croft.jobs().find(acme, id).orElseThrow().state() == JobState.COMPLETED;
        } catch (StoreUnavailableException e) {
            return false;
        }
    }

    /** A role that may enqueue, held to one organisation for the transaction. */
    private void actForAcme(Connection host) throws SQLException {
        try (Statement statement = host.createStatement()) {
            statement.execute("SET ROLE croft_app");
            statement.execute("SELECT set_config('croft.org_id', '" + acme.org() + "', true)");
        }
    }

    @Test
    void enqueueInTheHostsTransaction_livesAndDiesWithIt(@TempDir Path folder) throws Exception {
        String url = Host.newDatabase();
        try (Croft croft = Host.builder(url, folder).handler(WORK, job -> JobResult.completed()).start();
                Connection host = DriverManager.getConnection(url)) {
            croft.orgs().create(acme);
            host.setAutoCommit(false);
            actForAcme(host);
            JobId lost = croft.jobs().in(host).enqueue(acme, JobRequest.of(WORK, "{}")).id();
            host.rollback();
            actForAcme(host);
            JobId kept = croft.jobs().in(host).enqueue(acme, JobRequest.of(WORK, "{}")).id();
            assertThat(croft.jobs().find(acme, kept)).isEmpty();
            host.commit();

            Host.await("the committed job is done", () -> croft.jobs().find(acme, kept)
                    .map(job -> job.state() == JobState.COMPLETED).orElse(false));
            assertThat(croft.jobs().find(acme, lost)).isEmpty();
            assertThat(host.isClosed()).isFalse();
            assertThat(host.getAutoCommit()).isFalse();
        }
    }
}
