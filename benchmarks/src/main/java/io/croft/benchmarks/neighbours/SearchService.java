package io.croft.benchmarks.neighbours;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.CroftException;
import io.croft.OrgId;
import io.croft.TenantContext;
import io.croft.benchmarks.run.Waiting;
import io.croft.content.Document;
import io.croft.content.Listing;
import io.croft.content.WriteReceipt;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;

/**
 * Hybrid searches in an organisation's own documents and the marketplace, no two in the same words, so that each is
 * embedded. All organisations are of the same size.
 */
final class SearchService implements Service {

    /** A search's own timeout too. */
    private static final Duration USEFUL = Duration.ofSeconds(1);

    private static final int DOCUMENTS = 100;
    private static final int LISTINGS = 10;
    private static final int WORDS = 2_000;
    private static final int WORDS_OF_TEXT = 80;
    private static final int WORDS_OF_QUERY = 3;
    private static final int MOST_CALLERS = 32;
    private static final int WARM_UP_CALLERS = 8;
    private static final Duration VISIBLE = Duration.ofMinutes(2);
    /** From when a run is made ready to when it begins. */
    private static final Duration LEAD = Duration.ofMillis(50);

    private final Croft croft;
    private final SplittableRandom random;
    private final List<TenantContext> orgs = new ArrayList<>();

    /** Searches of this product. */
    SearchService(Croft croft, SplittableRandom random) {
        this.croft = croft;
        this.random = random;
    }

    /** Makes organisations, and waits until all that they have is found. */
    void moveIn(int count) {
        List<List<WriteReceipt>> receipts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            TenantContext org = TenantContext.of(OrgId.named("neighbour-" + i), Actor.service("benchmark"));
            croft.orgs().create(org);
            orgs.add(org);
            List<Document> documents = new ArrayList<>();
            for (int n = 0; n < DOCUMENTS; n++) {
                documents.add(Document.text("d" + n, text(random, WORDS_OF_TEXT)));
            }
            List<Listing> listings = new ArrayList<>();
            for (int n = 0; n < LISTINGS; n++) {
                listings.add(Listing.of("l" + n, text(random, WORDS_OF_TEXT)));
            }
            List<WriteReceipt> ofOrg = new ArrayList<>(croft.documents().putAll(org, documents));
            ofOrg.addAll(croft.marketplace().publishAll(org, listings));
            receipts.add(ofOrg);
        }
        for (int i = 0; i < count; i++) {
            Waiting.untilVisible(croft, orgs.get(i), receipts.get(i), VISIBLE);
        }
    }

    private static String text(SplittableRandom random, int words) {
        return random.ints(words, 0, WORDS).mapToObj(word -> "word" + word).collect(Collectors.joining(" "));
    }

    @Override
    public String name() {
        return "search";
    }

    @Override
    public Duration useful() {
        return USEFUL;
    }

    /** By the number of callers that are answered most. */
    @Override
    public double capacity(Duration time) {
        closedLoop(WARM_UP_CALLERS, time);
        double most = 0;
        for (int callers = 2; callers <= MOST_CALLERS; callers *= 2) {
            double rate = closedLoop(callers, time.dividedBy(2));
            System.out.printf(Locale.ROOT, "  %d callers are answered %,.0f searches a second%n", callers, rate);
            most = Math.max(most, rate);
        }
        return most;
    }

    /** Each caller asks again as soon as it is answered. */
    private double closedLoop(int callers, Duration time) {
        long queries = random.nextLong();
        AtomicInteger next = new AtomicInteger();
        LongAdder answered = new LongAdder();
        long begin = System.nanoTime();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int caller = 0; caller < callers; caller++) {
                threads.execute(() -> {
                    while (System.nanoTime() - begin < time.toNanos()) {
                        int number = next.getAndIncrement();
                        if (ask(number % orgs.size(), queries + number).isEmpty()) {
                            answered.increment();
                        }
                    }
                });
            }
        }
        return answered.sum() / ((System.nanoTime() - begin) / 1e9);
    }

    @Override
    public Fates run(Arrivals arrivals) {
        long queries = random.nextLong();
        Fates fates = new Fates(arrivals, System.nanoTime() + LEAD.toNanos());
        OpenLoop.run(fates, arrivals.count(), USEFUL, call -> {
            String fault = ask(fates.org(call), queries + call);
            if (fault.isEmpty()) {
                fates.answered(call, System.nanoTime());
            } else {
                fates.failed(call, fault);
            }
        });
        return fates;
    }

    /** What was wrong; empty if it was answered in full. */
    private String ask(int org, long query) {
        String words = text(new SplittableRandom(query), WORDS_OF_QUERY);
        try {
            SearchResults results = croft.search().search(orgs.get(org), SearchQuery.of(words).timeout(USEFUL));
            if (!results.incomplete().isEmpty()) {
                return results.incomplete().getFirst().cause().name();
            }
            return results.hits().isEmpty() ? "no hit" : "";
        } catch (CroftException e) {
            return e.getClass().getSimpleName();
        }
    }
}
