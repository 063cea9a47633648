package io.croft.benchmarks.index;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.OrgId;
import io.croft.Role;
import io.croft.TenantContext;
import io.croft.benchmarks.data.JudgedCollection;
import io.croft.benchmarks.data.PackageCatalogue;
import io.croft.benchmarks.data.PrecomputedEmbedder;
import io.croft.benchmarks.run.Database;
import io.croft.lucene.LuceneIndex;
import io.croft.search.SearchQuery;
import io.croft.search.SearchResults;
import io.croft.search.Source;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One warm private vector search, through the product or without it. JMH runs the parameters in their alphabetical
 * order, so the ways take turns within each round, each in a JVM of its own.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 4, time = 2)
@Fork(1)
public class OverheadState {

    static final String ADDRESS_PROPERTY = "croft.overhead.address";
    static final String FOLDER_PROPERTY = "croft.overhead.folder";
    static final TenantContext ORG = TenantContext.of(OrgId.named("packages"), Actor.user("searcher", Role.ADMIN));

    private static final int QUERIES = 1000;

    /** Which turn. */
    @Param({"1", "2", "3"})
    public int round;

    /** By which way. */
    @Param
    public Way way = Way.PRODUCT;

    private List<float[]> queries = List.of();
    private int next;
    private Search search = vector -> vector;
    private AutoCloseable opened = () -> {
    };

    /** The ways to search. */
    public enum Way {
        /** Through the whole product. */
        PRODUCT,
        /** With Lucene's own query classes. */
        QUERY,
        /** On Lucene's segments. */
        SEGMENTS
    }

    private interface Search {

        Object search(float[] vector) throws IOException;
    }

    /** For JMH. */
    public OverheadState() {
    }

    /** Opens the index by the way that is measured. */
    @Setup(Level.Trial)
    public void open() throws IOException {
        queries = PackageCatalogue.find().orElseThrow().queries(QUERIES);
        Path folder = Path.of(System.getProperty(FOLDER_PROPERTY, ""));
        if (way == Way.PRODUCT) {
            Database database = Database.at(List.of(System.getProperty(ADDRESS_PROPERTY, "").split(" ")));
            Croft croft = Croft.builder().store(database.store()).index(LuceneIndex.at(folder))
                    .embedder(new PrecomputedEmbedder(JudgedCollection.DIMENSIONS)).start();
            search = vector -> throughProduct(croft, vector);
            opened = () -> {
                croft.close();
                database.close();
            };
        } else {
            BareLucene lucene = BareLucene.open(folder);
            search = way == Way.QUERY ? lucene::byQuery : lucene::bySegments;
            opened = lucene;
        }
    }

    /** One search. */
    @Benchmark
    public Object search() throws IOException {
        next = next + 1 == queries.size() ? 0 : next + 1;
        return search.search(queries.get(next));
    }

    /** Closes what was opened. */
    @TearDown(Level.Trial)
    public void close() throws Exception {
        opened.close();
    }

    static SearchResults throughProduct(Croft croft, float[] vector) {
        SearchResults results = croft.search().search(ORG, SearchQuery.ofVector(vector).sources(Set.of(Source.PRIVATE))
                .limit(10).timeout(Duration.ofSeconds(30)));
        if (results.hits().size() != 10 || !results.incomplete().isEmpty()) {
            throw new IllegalStateException(results.hits().size() + " hits, incomplete " + results.incomplete());
        }
        return results;
    }
}
