package io.croft.benchmarks.tenancy;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.Role;
import io.croft.TenantContext;
import io.croft.benchmarks.data.HashEmbedder;
import io.croft.benchmarks.data.History;
import io.croft.benchmarks.data.OrgIndex;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Waiting;
import io.croft.content.Document;
import io.croft.content.Listing;
import io.croft.content.WriteReceipt;
import io.croft.ingest.Ingest;
import io.croft.lucene.IndexProbe;
import io.croft.lucene.LuceneIndex;
import io.croft.search.Hit;
import io.croft.search.SearchMode;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import io.croft.search.Source;
import io.croft.spi.Chunk;
import io.croft.spi.ContentChunks;
import io.croft.spi.IndexScope;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Two worlds as in {@link WorldsProof}, smaller and through the whole product, each with a database of its own: what
 * one organisation is answered, page after page, must be the same to the last bit, but for times and ids.
 */
final class ProductWorlds {

    private static final int OTHERS = 3;
    private static final int IDS = 150;
    private static final int MOST = 20;
    private static final int PAGES = 3;
    private static final int SHOWN = 10;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final List<SearchMode> MODES = List.of(SearchMode.values());
    private static final OrgId OWN = OrgId.named("product-world-own");

    private final SplittableRandom random;
    private final long seed;

    /**
     * What was seen.
     *
     * @param changes how many changes were made in the first world
     * @param hits    how many hits were compared
     * @param faults  what differed: must be none
     */
    record Report(int changes, int hits, List<String> faults) {

        Report {
            faults = List.copyOf(faults);
        }
    }

    ProductWorlds(long seed) {
        this.seed = seed;
        this.random = new SplittableRandom(seed);
    }

    /** Makes so many rounds of changes in each world, and asks so many questions at the end. */
    Report run(Path folder, int rounds, int questions) {
        try (Database first = Database.start();
                Database second = Database.start();
                World one = new World(first, folder.resolve("one"), seed, 1);
                World other = new World(second, folder.resolve("other"), seed, 2)) {
            for (int i = 0; i < rounds; i++) {
                one.round();
                other.round();
            }
            one.becomeQuiet();
            other.becomeQuiet();
            List<String> faults = new ArrayList<>();
            int hits = 0;
            for (int i = 0; i < questions; i++) {
                SearchQuery query = question();
                List<String> expected = one.answers(query);
                List<String> found = other.answers(query);
                hits += expected.size();
                difference(expected, found).ifPresent(difference -> faults.add(query.text() + " " + query.mode() + ": "
                        + difference));
            }
            return new Report(one.changes, hits, faults.subList(0, Math.min(SHOWN, faults.size())));
        }
    }

    /** The first of the lines that are not the same. */
    private static Optional<String> difference(List<String> one, List<String> other) {
        return IntStream.range(0, Math.max(one.size(), other.size()))
                .filter(i -> i >= one.size() || i >= other.size() || !one.get(i).equals(other.get(i)))
                .mapToObj(i -> "line " + i + " is " + line(one, i) + " in one world, " + line(other, i)
                        + " in the other")
                .findFirst();
    }

    private static String line(List<String> lines, int number) {
        return number < lines.size() ? "<" + lines.get(number) + ">" : "none";
    }

    private SearchQuery question() {
        WorldQuestions.Question question = WorldQuestions.Question.random(random);
        SearchQuery query = SearchQuery.of(question.words()).limit(7).timeout(Duration.ofSeconds(30))
                .mode(MODES.get(random.nextInt(MODES.size()))).facet("colour", 20)
                .facet("tags", 20);
        return question.filter().map(query::filter).orElse(query);
    }

    /** One world. */
    private static final class World implements AutoCloseable {

        private final LuceneIndex index;
        private final Croft croft;
        private final Org own;
        private final List<History> documents = new ArrayList<>();
        private final History listings;
        private final SplittableRandom chance;
        private final Map<String, WriteReceipt> last = new HashMap<>();
        private int number;
        private int changes;

        World(Database database, Path root, long seed, int which) {
            this.chance = new SplittableRandom(seed + which);
            this.index = LuceneIndex.builder(root).openReaders(2).build();
            this.croft = Croft.builder().store(database.store()).index(index).embedder(new HashEmbedder())
                    .handlers(Ingest.handlers()).fields(History.FIELDS).start();
            this.own = croft.orgs().create(context(OWN));
            List<OrgId> others =
                    IntStream.range(0, OTHERS).mapToObj(i -> OrgId.named("product-world-" + i)).toList();
            others.forEach(org -> croft.orgs().create(context(org)));
            documents.add(history(seed, OWN, 0));
            for (int i = 0; i < OTHERS; i++) {
                documents.add(history(seed + 1_000L * which + i, others.get(i), i));
            }
            this.listings = new History(seed + 7, new IndexScope.MarketIndex(), others, IDS / 3, MOST);
        }

        private static History history(long seed, OrgId org, int number) {
            return new History(seed, OrgIndex.named("product-" + number), List.of(org), IDS, MOST);
        }

        /** The own organisation's and the marketplace's changes; the others' more or less often. */
        void round() {
            number++;
            write(documents.getFirst(), number, Source.PRIVATE);
            write(listings, number, Source.MARKETPLACE);
            for (int i = 1; i < documents.size(); i++) {
                if (chance.nextBoolean()) {
                    write(documents.get(i), number, Source.PRIVATE);
                    croft.search().search(context(documents.get(i).owners().getFirst()),
                            SearchQuery.of(History.word(chance)));
                }
            }
        }

        private void write(History history, int batch, Source source) {
            for (ContentChunks content : history.batch(batch)) {
                TenantContext context = context(content.key().org());
                String id = content.key().id();
                String text = content.chunks().stream().map(Chunk::text).collect(Collectors.joining("\n\n"));
                Optional<WriteReceipt> receipt;
                if (content.chunks().isEmpty()) {
                    receipt = source == Source.PRIVATE
                            ? croft.documents().delete(context, id)
                            : croft.marketplace().withdraw(context, id);
                } else if (source == Source.PRIVATE) {
                    Document document = Document.text(id, text).withTitle(content.title());
                    for (Map.Entry<String, String> field : content.fields().entrySet()) {
                        document = document.withField(field.getKey(), field.getValue());
                    }
                    receipt = Optional.of(croft.documents().put(context, document));
                } else {
                    Listing listing = Listing.of(id, text).withTitle(content.title());
                    for (Map.Entry<String, String> field : content.fields().entrySet()) {
                        listing = listing.withField(field.getKey(), field.getValue());
                    }
                    receipt = Optional.of(croft.marketplace().publish(context, listing));
                }
                receipt.ifPresent(one -> last.put(one.source() + " " + one.org() + " " + one.id(), one));
                changes++;
            }
        }

        /** Waits for all that was written, and until searches see one segment of its index and of the marketplace's. */
        void becomeQuiet() {
            Map<OrgId, List<WriteReceipt>> receipts =
                    last.values().stream().collect(Collectors.groupingBy(WriteReceipt::org));
            receipts.forEach((org, all) -> Waiting.untilVisible(croft, context(org), all, PATIENCE));
            List<IndexScope> quiet =
                    List.of(new IndexScope.PrivateIndex(own.id(), own.incarnation()), new IndexScope.MarketIndex());
            Waiting.until("one segment each", PATIENCE, () -> {
                IndexProbe.tidyAsIdle(index);
                return quiet.stream().allMatch(scope -> IndexProbe.isSeenAsOneSegment(index, scope));
            });
        }

        /** What the organisation sees on the first pages. */
        List<String> answers(SearchQuery query) {
            List<String> lines = new ArrayList<>();
            Optional<SearchQuery> next = Optional.of(query);
            for (int page = 0; page < PAGES && next.isPresent(); page++) {
                SearchResults results = croft.search().search(context(OWN), next.get());
                results.hits().forEach(hit -> lines.add(said(hit)));
                lines.add("page " + page + " " + results.incomplete() + results.unmetPhrases() + results.corrections()
                        + results.facets() + results.nextCursor().isPresent());
                next = results.nextCursor().map(query::cursor);
            }
            return lines;
        }

        /** A double's text has all of its bits. */
        private static String said(Hit hit) {
            return hit.source() + " " + hit.org() + " " + hit.id() + " " + hit.title() + " " + hit.score() + " "
                    + hit.signals() + " " + hit.snippet() + " " + hit.matches() + " " + hit.chunk() + " "
                    + new TreeMap<>(hit.fields());
        }

        private static TenantContext context(OrgId org) {
            return TenantContext.of(org, Actor.user("u", Role.ADMIN));
        }

        @Override
        public void close() {
            croft.close();
        }
    }
}
