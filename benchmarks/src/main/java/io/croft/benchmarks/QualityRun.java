package io.croft.benchmarks;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.content.Document;
import io.croft.content.WriteReceipt;
import io.croft.job.LaneDepth;
import io.croft.search.Hit;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import io.croft.spi.Processors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Measures the ranking of the whole product: a collection's passages become one organisation's private documents, by
 * way of the queue, and all its judged queries are searched with the defaults: hybrid, the default scorer.
 */
final class QualityRun {

    /** What must be reached. */
    enum Bar {
        CRAN("cran", 0.410), MED("med", 0.785);

        final String collection;
        final double ndcg10;

        Bar(String collection, double ndcg10) {
            this.collection = collection;
            this.ndcg10 = ndcg10;
        }
    }

    private static final Duration PATIENCE = Duration.ofMinutes(30);
    private static final long REPORT_EVERY_NANOS = Duration.ofSeconds(5).toNanos();

    private final Croft croft;
    private final Consumer<String> progress;

    QualityRun(Croft croft, Consumer<String> progress) {
        this.croft = croft;
        this.progress = progress;
    }

    /** Takes a collection in as an organisation of its own and measures it. */
    Ranking measure(JudgedCollection collection) {
        TenantContext org = TenantContext.of(OrgId.named("collection-" + collection.name()),
                Actor.service("benchmark"));
        croft.orgs().create(org);
        ingest(org, collection);
        List<Ranking> rankings = new ArrayList<>();
        for (JudgedCollection.Query query : collection.queries()) {
            rankings.add(Ranking.of(collection.grades().getOrDefault(query.id(), Map.of()),
                    search(org, query, 10), search(org, query, 100)));
        }
        return Ranking.mean(rankings);
    }

    private void ingest(TenantContext org, JudgedCollection collection) {
        List<Document> documents = collection.passages().stream().filter(passage -> !passage.text().isBlank())
                .map(passage -> Document.text(passage.id(), passage.text()).withTitle(passage.title())).toList();
        if (documents.size() < collection.passages().size()) {
            progress.accept(collection.name() + ": " + (collection.passages().size() - documents.size())
                    + " passages have no text and are left out");
        }
        List<WriteReceipt> receipts = new ArrayList<>();
        for (int from = 0; from < documents.size(); from += 500) {
            receipts.addAll(croft.documents().putAll(org,
                    documents.subList(from, Math.min(documents.size(), from + 500))));
        }
        awaitEmbedded(org, collection.name(), documents.size());
        Waiting.untilVisible(croft, org, receipts, Duration.ofMinutes(1));
    }

    private void awaitEmbedded(TenantContext org, String name, int all) {
        long[] reported = {System.nanoTime()};
        Waiting.until("the documents of " + name + " to be embedded", PATIENCE, () -> {
            LaneDepth depth = croft.jobs().admin().depth(org).getOrDefault(Processors.EMBED.queue(),
                    new LaneDepth(0, 0));
            long left = depth.waiting() + depth.running();
            if (System.nanoTime() - reported[0] > REPORT_EVERY_NANOS) {
                reported[0] = System.nanoTime();
                progress.accept(String.format(Locale.ROOT, "%s: %,d of %,d documents embedded", name, all - left, all));
            }
            return left == 0;
        });
        int dead = croft.jobs().admin().deadLetters(org, Optional.empty(), 1000).size();
        if (dead > 0) {
            throw new IllegalStateException(dead + " documents of " + name + " could not be embedded");
        }
    }

    private List<String> search(TenantContext org, JudgedCollection.Query query, int limit) {
        SearchResults results = croft.search().search(org,
                SearchQuery.of(query.text()).limit(limit).timeout(Duration.ofSeconds(30)));
        if (!results.incomplete().isEmpty()) {
            throw new IllegalStateException("query " + query.id() + " was not answered in full: "
                    + results.incomplete());
        }
        return results.hits().stream().map(Hit::id).toList();
    }
}
