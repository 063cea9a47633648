package io.croft.benchmarks.ranking;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.benchmarks.data.JudgedCollection;
import io.croft.benchmarks.data.JudgedCollection.Passage;
import io.croft.benchmarks.run.Waiting;
import io.croft.content.Document;
import io.croft.content.Listing;
import io.croft.content.WriteReceipt;
import io.croft.job.JobCounts;
import io.croft.search.Hit;
import io.croft.search.SearchMode;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import io.croft.spi.Processors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/**
 * Measures the ranking of the whole product: a collection's passages become one organisation's private documents and
 * another one's listings, by way of the queue, and all its judged queries are searched.
 */
final class QualityRun {

    /** What must be reached with everything in one index. */
    enum Bar {
        CRAN("cran", 0.417), MED("med", 0.800), CACM("cacm", 0.570);

        final String collection;
        final double ndcg10;

        Bar(String collection, double ndcg10) {
            this.collection = collection;
            this.ndcg10 = ndcg10;
        }
    }

    private static final Duration PATIENCE = Duration.ofMinutes(30);
    private static final long REPORT_EVERY_NANOS = Duration.ofSeconds(5).toNanos();
    private static final int BATCH = 500;

    private final Croft croft;
    private final Consumer<String> progress;

    QualityRun(Croft croft, Consumer<String> progress) {
        this.croft = croft;
        this.progress = progress;
    }

    /** Takes a collection in as an organisation of its own and measures it, with the defaults. */
    Ranking measure(JudgedCollection collection) {
        return answers(takeIn(collection, Split.ONE), collection, SearchMode.HYBRID).mean();
    }

    /**
     * Takes a collection in, split over one organisation's private index and the marketplace.
     *
     * @return the organisation that may ask
     */
    TenantContext takeIn(JudgedCollection collection, Split split) {
        TenantContext org = org("collection-" + collection.name());
        TenantContext publisher = org("publisher-of-" + collection.name());
        List<Passage> passages = collection.passages().stream().filter(passage -> !passage.body().isBlank()).toList();
        if (passages.size() < collection.passages().size()) {
            progress.accept(collection.name() + ": " + (collection.passages().size() - passages.size())
                    + " passages are empty and are left out");
        }
        Set<String> own = split.privateIds(passages);
        write(collection, org, passages.stream().filter(passage -> own.contains(passage.id()))
                .map(passage -> Document.text(passage.id(), passage.body()).withTitle(passage.title())).toList(),
                croft.documents()::putAll);
        write(collection, publisher, passages.stream().filter(passage -> !own.contains(passage.id()))
                .map(passage -> Listing.of(passage.id(), passage.body()).withTitle(passage.title())).toList(),
                croft.marketplace()::publishAll);
        return org;
    }

    private TenantContext org(String name) {
        TenantContext org = TenantContext.of(OrgId.named(name), Actor.service("benchmark"));
        croft.orgs().create(org);
        return org;
    }

    /** Asks all judged queries, with the scorer that the product has now. */
    Answers answers(TenantContext org, JudgedCollection collection, SearchMode mode) {
        Map<String, Ranking> byQuery = new LinkedHashMap<>();
        for (JudgedCollection.Query query : collection.queries()) {
            byQuery.put(query.id(), Ranking.of(collection.grades().getOrDefault(query.id(), Map.of()),
                    search(org, query, mode, 10), search(org, query, mode, 100)));
        }
        return new Answers(byQuery);
    }

    private <T> void write(JudgedCollection collection, TenantContext org, List<T> texts,
            BiFunction<TenantContext, List<T>, List<WriteReceipt>> put) {
        List<WriteReceipt> receipts = new ArrayList<>();
        for (int from = 0; from < texts.size(); from += BATCH) {
            receipts.addAll(put.apply(org, texts.subList(from, Math.min(texts.size(), from + BATCH))));
        }
        awaitEmbedded(org, collection.name(), texts.size());
        Waiting.untilVisible(croft, org, receipts, Duration.ofMinutes(1));
    }

    private void awaitEmbedded(TenantContext org, String name, int all) {
        long[] reported = {System.nanoTime()};
        Waiting.until("the documents of " + name + " to be embedded", PATIENCE, () -> {
            JobCounts counts =
                    croft.jobs().admin().counts(org).getOrDefault(Processors.EMBED.queue(), JobCounts.NONE);
            long left = counts.ready() + counts.running();
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

    private List<String> search(TenantContext org, JudgedCollection.Query query, SearchMode mode, int limit) {
        SearchResults results = croft.search().search(org,
                SearchQuery.of(query.text()).mode(mode).limit(limit).timeout(Duration.ofSeconds(30)));
        if (!results.incomplete().isEmpty()) {
            throw new IllegalStateException("query " + query.id() + " was not answered in full: "
                    + results.incomplete());
        }
        return results.hits().stream().map(Hit::id).toList();
    }
}
