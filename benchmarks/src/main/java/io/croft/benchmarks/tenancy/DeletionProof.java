package io.croft.benchmarks.tenancy;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.ErasureReceipt;
import io.croft.OrgId;
import io.croft.Orgs;
import io.croft.Role;
import io.croft.TenantContext;
import io.croft.benchmarks.data.HashEmbedder;
import io.croft.benchmarks.run.Database;
import io.croft.benchmarks.run.Percentiles;
import io.croft.benchmarks.run.Waiting;
import io.croft.content.Document;
import io.croft.content.Listing;
import io.croft.content.WriteReceipt;
import io.croft.ingest.Ingest;
import io.croft.lucene.IndexProbe;
import io.croft.lucene.LuceneIndex;
import io.croft.search.SearchMode;
import io.croft.search.SearchQuery;
import io.croft.search.Typos;
import io.croft.spi.IndexScope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * How soon what is deleted cannot be found, and how soon its bytes are gone: a word that only the erased organisation's
 * texts have is looked for in every byte of two nodes' folders and in every row of the database, before and after.
 */
final class DeletionProof {

    /** Is in the index's files as it is: a term, and the beginning of each stored text. */
    private static final String MARKER = "qzmarkerxq";
    private static final IndexScope MARKET = new IndexScope.MarketIndex();
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int TEXTS = 60;
    private static final TenantContext KEPT = TenantContext.of(OrgId.named("kept"), Actor.user("u", Role.ADMIN));
    private static final TenantContext GONE = TenantContext.of(OrgId.named("gone"), Actor.user("u", Role.ADMIN));

    private final Database database;
    private final Path folder;
    private final List<String> faults = new ArrayList<>();

    /**
     * What was measured.
     *
     * @param unreachable    from the call of delete or withdraw to the first search that does not have it any more
     * @param erased         from the call of erase to no byte in the database and the own folder of its private texts
     * @param erasedOverThere the same in another node's folder
     * @param listings       how long asking for its listings' bytes to go at once took
     * @param receipt        what the erasure said
     * @param faults         what was not as it must be
     */
    record Report(Percentiles unreachable, Duration erased, Duration erasedOverThere, Duration listings,
            ErasureReceipt receipt, List<String> faults) {

        Report {
            faults = List.copyOf(faults);
        }
    }

    DeletionProof(Database database, Path folder) {
        this.database = database;
        this.folder = folder;
    }

    Report run(int deletions) {
        LuceneIndex index = LuceneIndex.at(folder.resolve("one"));
        LuceneIndex index2 = LuceneIndex.at(folder.resolve("two"));
        try (Croft one = Croft.builder().store(database.store()).index(index).embedder(new HashEmbedder())
                .handlers(Ingest.handlers()).commitAfter(Duration.ofMillis(50)).start();
                Croft two = Croft.builder().store(database.store()).index(index2).embedder(new HashEmbedder())
                        .commitAfter(Duration.ofMillis(50)).start()) {
            one.orgs().create(KEPT);
            Percentiles unreachable = unreachable(one, deletions);
            fill(one, two);
            require("its bytes are there before", !places("one").isEmpty() && !places("two").isEmpty());
            require("its rows are there before", rows().containsAll(List.of("document", "listing", "private_chunk",
                    "market_chunk")));

            long start = System.nanoTime();
            ErasureReceipt receipt = one.orgs().erase(GONE);
            Waiting.until("no row of it", PATIENCE, () -> rows().isEmpty());
            Waiting.until("no byte of it here", PATIENCE, () -> onlyMarket(places("one")));
            Duration erased = Duration.ofNanos(System.nanoTime() - start);
            Waiting.until("no byte of it there", PATIENCE, () -> onlyMarket(places("two")));
            Duration there = Duration.ofNanos(System.nanoTime() - start);
            require("another node takes longer than it says: " + there,
                    there.compareTo(Orgs.ELSEWHERE_GONE_WITHIN) <= 0);
            check(receipt);

            awaitUnlisted(one);
            awaitUnlisted(two);
            long asked = System.nanoTime();
            index.rewrite(MARKET);
            Waiting.until("no byte of its listings here", PATIENCE, () -> places("one").isEmpty());
            Duration listings = Duration.ofNanos(System.nanoTime() - asked);
            // What an index in use does by itself every eight hours, step by step every quarter of a minute.
            Waiting.until("no byte of its listings there", PATIENCE, () -> {
                IndexProbe.tidyAsInUse(index2);
                return places("two").isEmpty();
            });
            require("the neighbour's listings are still found", found(one, KEPT, "neighbour") > 0
                    && found(two, KEPT, "neighbour") > 0);
            one.orgs().create(GONE);
            require("the organisation created again has nothing", found(one, GONE, MARKER) == 0);
            return new Report(unreachable, erased, there, listings, receipt, faults);
        }
    }

    private Percentiles unreachable(Croft croft, int deletions) {
        long[] nanos = new long[deletions];
        for (int i = 0; i < deletions; i++) {
            String word = "soon" + Integer.toString(i, 36) + "deleted";
            boolean listing = i % 2 == 1;
            WriteReceipt receipt = listing
                    ? croft.marketplace().publish(KEPT, Listing.of("s" + i, "a " + word))
                    : croft.documents().put(KEPT, Document.text("s" + i, "a " + word));
            Waiting.untilVisible(croft, KEPT, List.of(receipt), PATIENCE);
            require("it is found before it is deleted", found(croft, KEPT, word) == 1);
            long start = System.nanoTime();
            if (listing) {
                croft.marketplace().withdraw(KEPT, "s" + i);
            } else {
                croft.documents().delete(KEPT, "s" + i);
            }
            while (found(croft, KEPT, word) > 0) {
                LockSupport.parkNanos(300_000);
            }
            nanos[i] = System.nanoTime() - start;
        }
        return Percentiles.of(nanos);
    }

    private void fill(Croft one, Croft two) {
        one.orgs().create(GONE);
        List<Document> documents = new ArrayList<>();
        List<Listing> listings = new ArrayList<>();
        for (int i = 0; i < TEXTS; i++) {
            documents.add(Document.text("d" + i, MARKER + " private number " + i));
            listings.add(Listing.of("l" + i, MARKER + " public number " + i));
        }
        List<WriteReceipt> receipts = new ArrayList<>(one.documents().putAll(GONE, documents));
        receipts.addAll(one.marketplace().publishAll(GONE, listings));
        List<WriteReceipt> neighbours = one.marketplace().publishAll(KEPT,
                List.of(Listing.of("n1", "a neighbour"), Listing.of("n2", "another neighbour")));
        for (Croft croft : List.of(one, two)) {
            Waiting.untilVisible(croft, GONE, receipts, PATIENCE);
            Waiting.untilVisible(croft, KEPT, neighbours, PATIENCE);
        }
        Waiting.until("all to be committed", PATIENCE, () -> Stream.of("one", "two").allMatch(
                node -> places(node).stream().anyMatch(place -> place.contains("orgs"))
                        && places(node).stream().anyMatch(place -> place.contains("market"))));
    }

    private void awaitUnlisted(Croft croft) {
        Waiting.until("its listings to be out of reach", PATIENCE, () -> found(croft, KEPT, MARKER) == 0);
    }

    private void check(ErasureReceipt receipt) {
        require("the receipt counts documents, listings, chunks: " + receipt, receipt.rows().documents() == TEXTS
                && receipt.rows().listings() == TEXTS && receipt.rows().chunks() == 2 * TEXTS);
        require("the receipt counts files: " + receipt, receipt.index().files() > 0 && receipt.index().bytes() > 0
                && receipt.index().filesLeft() == 0);
        require("the trash is empty", list(folder.resolve("one").resolve("trash")).isEmpty());
    }

    private void require(String what, boolean holds) {
        if (!holds) {
            faults.add("not so: " + what);
        }
    }

    private static int found(Croft croft, TenantContext who, String word) {
        return croft.search().search(who, SearchQuery.of(word).mode(SearchMode.TEXT).typos(Typos.EXACT)
                .timeout(Duration.ofSeconds(30))).hits().size();
    }

    private static boolean onlyMarket(Set<String> places) {
        return places.stream().allMatch(place -> place.contains("market"));
    }

    /** The files that have the word in their bytes. */
    private Set<String> places(String node) {
        Set<String> places = new TreeSet<>();
        for (Path file : list(folder.resolve(node))) {
            try {
                if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(MARKER)) {
                    places.add(folder.relativize(file).toString());
                }
            } catch (IOException e) {
                if (!(e instanceof NoSuchFileException)) { // removed meanwhile: it has nothing
                    throw new UncheckedIOException(file + " cannot be read", e);
                }
            }
        }
        return places;
    }

    private static List<Path> list(Path root) {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> all = Files.walk(root)) {
            all.filter(Files::isRegularFile).forEach(files::add);
        } catch (UncheckedIOException | IOException changing) {
            return list(root); // files came and went meanwhile
        }
        return files;
    }

    /** The tables that have the word in a row. */
    private Set<String> rows() {
        Set<String> found = new TreeSet<>();
        try (Connection connection = database.connect(); Statement statement = connection.createStatement()) {
            List<String> tables = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery("""
                    SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                    WHERE n.nspname = 'croft' AND c.relkind = 'r' ORDER BY c.relname
                    """)) {
                while (rows.next()) {
                    tables.add(rows.getString(1));
                }
            }
            for (String table : tables) {
                try (ResultSet rows = statement.executeQuery("SELECT 1 FROM croft." + table + " t WHERE t::text LIKE '%"
                        + MARKER + "%' OR t::text LIKE '%" + GONE.org() + "%' AND '" + table
                        + "' NOT IN ('audit_entry', 'market_change') LIMIT 1")) {
                    if (rows.next()) {
                        found.add(table);
                    }
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException("the tables cannot be searched: " + e.getMessage(), e);
        }
        return found;
    }
}
