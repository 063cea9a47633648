package io.croft.benchmarks.tenancy;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.OrgId;
import io.croft.Role;
import io.croft.TenantContext;
import io.croft.benchmarks.data.HashEmbedder;
import io.croft.benchmarks.run.Waiting;
import io.croft.content.Document;
import io.croft.content.Listing;
import io.croft.content.WriteReceipt;
import io.croft.search.Hit;
import io.croft.search.SearchMode;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import io.croft.search.Source;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Looks for one organisation's private documents in another's answers. All organisations use the same document ids;
 * each document holds a word that only its organisation's documents hold (its canary), and so does a field of it.
 * Queries are random: any mode, source and limit, common words, canaries of anyone, random vectors, from several
 * threads at once.
 */
final class IsolationProof {

    static final int ORGS = 50;

    private static final List<SearchMode> MODES = List.of(SearchMode.HYBRID, SearchMode.VECTOR, SearchMode.TEXT);
    private static final int DOCUMENTS = 20;
    private static final int LISTINGS = 4;
    private static final int THREADS = 4;
    private static final int SHOWN = 5;
    private static final String OWNER = "owner";
    private static final String CANARY = "canaryqx";
    private static final String[] WORDS =
            ("saddle bridle stirrup hay straw paddock fence gate trailer lesson ride trot canter "
                    + "gallop mare gelding stallion foal pony vet farrier rug boots helmet show jump dressage hack stable mucking feed "
                    + "oats carrot apple water bucket brush mane tail hoof").split(" ");

    private final Croft croft;
    private final long seed;
    private final List<TenantContext> orgs = new ArrayList<>();

    /**
     * What was found.
     *
     * @param queries  how many were asked
     * @param own      hits of the asking organisation's own documents
     * @param market   hits of listings
     * @param found    queries for the asking organisation's own canary that found its documents
     * @param lost     those that did not
     * @param foreign  hits of or with anything of another organisation's private documents: must be none
     * @param examples the first of those
     */
    record Report(long queries, long own, long market, long found, long lost, long foreign, List<String> examples) {

        static final Report NOTHING = new Report(0, 0, 0, 0, 0, 0, List.of());

        Report {
            examples = List.copyOf(examples);
        }

        Report plus(Report other) {
            List<String> all = new ArrayList<>(examples);
            all.addAll(other.examples);
            return new Report(queries + other.queries, own + other.own, market + other.market, found + other.found,
                    lost + other.lost, foreign + other.foreign, all.subList(0, Math.min(SHOWN, all.size())));
        }
    }

    IsolationProof(Croft croft, long seed) {
        this.croft = croft;
        this.seed = seed;
    }

    /** Creates the organisations with their documents and listings, and waits until all can be found. */
    void moveIn() {
        List<List<WriteReceipt>> receipts = new ArrayList<>();
        for (int i = 0; i < ORGS; i++) {
            TenantContext org = TenantContext.of(OrgId.named("isolated-" + i), Actor.user("user-" + i, Role.ADMIN));
            orgs.add(org);
            croft.orgs().create(org);
            SplittableRandom random = new SplittableRandom(seed ^ (i * 0x5851f42d4c957f2dL));
            List<Document> documents = new ArrayList<>();
            for (int d = 0; d < DOCUMENTS; d++) {
                documents.add(Document.text("doc-" + d, words(random, 30) + " " + canary(i) + " " + words(random, 10))
                        .withTitle(words(random, 3)).withField(OWNER, canary(i)));
            }
            List<Listing> listings = new ArrayList<>();
            for (int l = 0; l < LISTINGS; l++) {
                listings.add(Listing.of("doc-" + l, words(random, 30)).withTitle(words(random, 3)));
            }
            List<WriteReceipt> written = new ArrayList<>(croft.documents().putAll(org, documents));
            written.addAll(croft.marketplace().publishAll(org, listings));
            receipts.add(written);
        }
        for (int i = 0; i < ORGS; i++) {
            Waiting.untilVisible(croft, orgs.get(i), receipts.get(i), Duration.ofMinutes(2));
        }
    }

    /** Asks so many random queries. */
    Report ask(int queries) throws Exception {
        List<Callable<Report>> parts = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            int first = t;
            parts.add(() -> {
                Report sum = Report.NOTHING;
                for (int n = first; n < queries; n += THREADS) {
                    sum = sum.plus(askOne(n));
                }
                return sum;
            });
        }
        try (ExecutorService pool = Executors.newFixedThreadPool(THREADS)) {
            Report sum = Report.NOTHING;
            for (Future<Report> part : pool.invokeAll(parts)) {
                sum = sum.plus(part.get());
            }
            return sum;
        }
    }

    private Report askOne(int number) {
        SplittableRandom random = new SplittableRandom(seed + number * 0x9e3779b97f4a7c15L);
        int asking = random.nextInt(ORGS);
        int named = random.nextInt(3) == 0 ? asking : random.nextInt(ORGS);
        SearchMode mode = MODES.get(random.nextInt(MODES.size()));
        SearchQuery query;
        boolean mustFind = false;
        if (mode == SearchMode.VECTOR && random.nextBoolean()) {
            query = SearchQuery.ofVector(HashEmbedder.random(random));
        } else {
            int words = random.nextInt(4);
            String text = words == 0 || random.nextBoolean() ? canary(named) : "";
            mustFind = words == 0 && named == asking && mode != SearchMode.VECTOR;
            text = (text + " " + words(random, words)).strip();
            query = SearchQuery.of(text).mode(mode);
            if (random.nextInt(4) == 0) {
                query = query.withVector(HashEmbedder.random(random));
                mustFind &= mode == SearchMode.TEXT;
            }
        }
        Set<Source> sources = switch (random.nextInt(4)) {
            case 0 -> Set.of(Source.PRIVATE);
            case 1 -> Set.of(Source.MARKETPLACE);
            default -> EnumSet.allOf(Source.class);
        };
        mustFind &= sources.contains(Source.PRIVATE);
        int limit = 1 + random.nextInt(random.nextInt(5) == 0 ? 300 : 20);
        SearchResults results = croft.search().search(orgs.get(asking),
                query.sources(sources).limit(limit).timeout(Duration.ofSeconds(30)));
        if (!results.incomplete().isEmpty()) {
            throw new IllegalStateException("query " + number + " was not answered in full: " + results.incomplete());
        }
        return judge(number, asking, sources, mustFind, results.hits());
    }

    private Report judge(int number, int asking, Set<Source> sources, boolean mustFind, List<Hit> hits) {
        long own = 0;
        long market = 0;
        long canaries = 0;
        List<String> foreign = new ArrayList<>();
        for (Hit hit : hits) {
            String shown = (hit.title() + " " + hit.snippet() + " " + hit.fields().values()).toLowerCase(
                    Locale.ROOT);
            boolean holdsOwn = shown.contains(canary(asking));
            boolean wrong = switch (hit.source()) {
                case PRIVATE -> !hit.org().equals(orgs.get(asking).org())
                        || !canary(asking).equals(hit.fields().get(OWNER));
                case MARKETPLACE -> holdsOwn || !hit.fields().isEmpty();
            };
            wrong |= !sources.contains(hit.source());
            wrong |= shown.replace(canary(asking), "").contains(CANARY);
            if (wrong) {
                foreign.add("query " + number + " of org " + asking + " got " + hit.source() + " " + hit.id() + " of "
                        + hit.org());
            }
            own += hit.source() == Source.PRIVATE ? 1 : 0;
            market += hit.source() == Source.MARKETPLACE ? 1 : 0;
            canaries += hit.source() == Source.PRIVATE && holdsOwn ? 1 : 0;
        }
        boolean found = mustFind && canaries > 0;
        return new Report(1, own, market, found ? 1 : 0, mustFind && !found ? 1 : 0, foreign.size(),
                foreign.subList(0, Math.min(SHOWN, foreign.size())));
    }

    /** A word of letters and digits that no stemmer changes and that no other organisation's is a part of. */
    private static String canary(int org) {
        return CANARY + String.format(Locale.ROOT, "%03dx", org);
    }

    private static String words(SplittableRandom random, int count) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(i == 0 ? "" : " ").append(WORDS[random.nextInt(WORDS.length)]);
        }
        return text.toString();
    }
}
