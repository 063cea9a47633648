package io.croft.lucene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.OrgId;
import io.croft.lucene.text.ChunkAnalyzer;
import io.croft.lucene.text.TextQuery;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexSession;
import io.croft.spi.QueryText;
import io.croft.spi.SearchTimeoutException;
import io.croft.spi.TextStatistics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is measured of documents with very many chunks. */
class BestChunksTest {

    private static final Analyzer ANALYZER = new ChunkAnalyzer();
    private static final int LONG = 500;
    private static final int BEST = 400;
    /** The first chunks of a short document, a long one and a short one. */
    private static final List<FieldSort.Sorted> ALL = List.of(sorted("c", LONG + 2), sorted("a", 0), sorted("b", 2));

    @TempDir
    Path folder;

    @BeforeEach
    void write() throws IOException {
        List<String> texts = new ArrayList<>(Collections.nCopies(LONG, "a saddle for the grey pony"));
        texts.set(BEST, "saddle saddle saddle");
        try (Directory directory = new MMapDirectory(folder)) {
            var unused = CrowdTest.writeTexts(directory, List.of(List.of("saddle", "pony"), texts,
                    List.of("saddle", "saddle", "saddle")), ANALYZER, 1);
        }
    }

    @Test
    void measured_areAllOfAShortDocument_andOfALongOneTheBestByItsWords() throws IOException {
        try (Directory directory = new MMapDirectory(folder);
                DirectoryReader reader = DirectoryReader.open(directory)) {
            List<Integer> measured = measured(reader, "saddle", CrowdTest.unhurried());

            assertThat(measured).isSorted().contains(0, 1, LONG + 2, LONG + 3, LONG + 4).contains(2 + BEST)
                    .hasSize(2 + IndexSession.MAX_MEASURED_OF_A_DOCUMENT + 3);
        }
    }

    @Test
    void measured_withoutWords_areTheFirst() throws IOException {
        try (Directory directory = new MMapDirectory(folder);
                DirectoryReader reader = DirectoryReader.open(directory)) {
            List<Integer> measured = measured(reader, "", CrowdTest.unhurried());

            assertThat(measured.subList(2, 2 + IndexSession.MAX_MEASURED_OF_A_DOCUMENT)).containsExactlyElementsOf(
                    IntStream.range(2, 2 + IndexSession.MAX_MEASURED_OF_A_DOCUMENT).boxed().toList());
            assertThat(measured).hasSize(2 + IndexSession.MAX_MEASURED_OF_A_DOCUMENT + 3);
        }
    }

    @Test
    void choosing_endsInTheMiddleOfADocument_whenTimeIsUp() throws IOException {
        try (Directory directory = new MMapDirectory(folder);
                DirectoryReader reader = DirectoryReader.open(directory)) {
            Deadline soon = DeadlineTest.afterLooks(1);

            assertThatThrownBy(() -> measured(reader, "saddle", soon)).isInstanceOf(SearchTimeoutException.class)
                    .hasMessageContaining("choosing chunks");
        }
    }

    private static List<Integer> measured(DirectoryReader reader, String words, Deadline deadline) throws IOException {
        SharedStatisticsSearcher searcher = new SharedStatisticsSearcher(reader.getContext(), TextStatistics.NONE);
        TextQuery query = TextQuery.of(QueryText.of(words), ANALYZER, searcher);
        TextSearch texts = words.isEmpty()
                ? null
                : new TextSearch(query, reader.getContext(), query.statistics(), null, deadline);
        ChunkSet all = ChunkSet.of(MatchAllDocsQuery.INSTANCE, searcher, CrowdTest.unhurried());
        return IntStream.of(new BestChunks(reader.leaves(), all, null, texts, deadline).measured(ALL)).boxed()
                .toList();
    }

    private static FieldSort.Sorted sorted(String id, int chunk) {
        return new FieldSort.Sorted(new ContentKey(OrgId.named("acme"), id), Optional.empty(), chunk);
    }
}
