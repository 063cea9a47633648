package io.croft.lucene;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.search.Facet;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.ValueCount;
import io.croft.spi.TextStatistics;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.lucene.document.SortedSetDocValuesField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.SortedSetDocValues;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.BytesRef;
import org.junit.jupiter.api.Test;

/** Counts of values over several segments. */
class ValueCountsTest {

    private static final String FIELD = FieldSchema.name("kind");

    @Test
    void mostFrequent_areThoseOfCountingAll_inTheOrderOfTheirValuesWhereEqual() throws IOException {
        Random random = new Random(Texts.seed());
        for (int round = 0; round < 20; round++) {
            List<Set<String>> documents = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                Set<String> values = new HashSet<>();
                random.ints(random.nextInt(4), 0, 120).forEach(value -> values.add("é" + value * value / 90));
                documents.add(values);
            }
            int most = 1 + random.nextInt(90);
            try (Directory directory = write(documents, 1 + random.nextInt(5));
                    DirectoryReader reader = DirectoryReader.open(directory)) {
                ValueCounts counts = new ValueCounts(most);
                for (LeafReaderContext leaf : reader.leaves()) {
                    SortedSetDocValues values = DocValues.getSortedSet(leaf.reader(), FIELD);
                    int[] counted = new int[(int) values.getValueCount()];
                    while (values.nextDoc() != SortedSetDocValues.NO_MORE_DOCS) {
                        for (int left = values.docValueCount(); left > 0; left--) {
                            counted[(int) values.nextOrd()]++;
                        }
                    }
                    counts.add(values, counted);
                }

                assertThat(counts.mostFrequent(CrowdTest.unhurried())).isEqualTo(counted(documents, most));
            }
        }
    }

    @Test
    void facet_keepsTheMostFrequentOfVeryManyValues_andCountsAFieldOnce() throws IOException {
        List<Set<String>> documents = new ArrayList<>();
        for (int i = 0; i < IndexSession.MAX_FACET_VALUES + 500; i++) {
            documents.add(Set.of("value " + i));
        }
        documents.addAll(List.of(Set.of("value 10400"), Set.of("value 10400"), Set.of("value 10300")));
        try (Directory directory = write(documents, 3); DirectoryReader reader = DirectoryReader.open(directory)) {
            ChunkSet all = ChunkSet.of(MatchAllDocsQuery.INSTANCE,
                    new SharedStatisticsSearcher(reader.getContext(), TextStatistics.NONE), CrowdTest.unhurried());
            FacetCount count = new FacetCount(reader.leaves(), all, CrowdTest.unhurried());

            List<ValueCount> counts = count.of(new Facet.Values("kind", 10));

            assertThat(counts).isEqualTo(counted(documents, IndexSession.MAX_FACET_VALUES));
            assertThat(counts.subList(0, 2)).containsExactly(new ValueCount("value 10400", 3),
                    new ValueCount("value 10300", 2));
            assertThat(count.of(new Facet.Values("kind", 20))).isSameAs(counts);
        }
    }

    /** Counts them in a map. */
    private static List<ValueCount> counted(List<Set<String>> documents, int most) {
        Map<String, Long> counts = new HashMap<>();
        documents.forEach(values -> values.forEach(value -> counts.merge(value, 1L, Long::sum)));
        return counts.entrySet().stream().map(one -> new ValueCount(one.getKey(), one.getValue()))
                .sorted(Comparator.comparingLong(ValueCount::documents).reversed().thenComparing(ValueCount::value))
                .limit(most).toList();
    }

    private static Directory write(List<Set<String>> documents, int segments) throws IOException {
        Directory directory = new ByteBuffersDirectory();
        try (IndexWriter writer = new IndexWriter(directory,
                new IndexWriterConfig().setMergePolicy(NoMergePolicy.INSTANCE))) {
            for (int i = 0; i < documents.size(); i++) {
                List<IndexableField> fields = new ArrayList<>();
                ChunkSchema.addPlace(0, fields);
                documents.get(i).forEach(value -> fields.add(new SortedSetDocValuesField(FIELD, new BytesRef(value))));
                writer.addDocument(fields);
                if ((i + 1) % Math.ceilDiv(documents.size(), segments) == 0) {
                    writer.commit();
                }
            }
        }
        return directory;
    }
}
