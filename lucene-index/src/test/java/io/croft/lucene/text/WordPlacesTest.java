package io.croft.lucene.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.lucene.text.WordPlaces.Place;
import io.croft.spi.QueryText;
import io.croft.spi.contract.Seed;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.junit.jupiter.api.Test;

/** Queries and texts that have very many places. */
class WordPlacesTest {

    private static final Analyzer ANALYZER = new ChunkAnalyzer();
    private static final List<String> ANIMALS = List.of("ox", "ax", "pony", "foal", "mule", "goat");

    @Test
    void phrasesThatAreEqualAsAnalysed_areOne() {
        List<String> written = new ArrayList<>();
        for (String first : List.of("ox", "oX", "Ox", "OX", "ox!", "ox?")) {
            for (String between : List.of(" ", "-", "  ", ", ", "/", " / ")) {
                written.add(first + between + "ax");
            }
        }

        assertThat(Phrase.of(ANALYZER, phrases(written))).hasSize(1);
    }

    @Test
    void places_areNoMoreThanTwoForEachWord_howeverManyPhrasesThereAre() throws IOException {
        QueryText nested = phrases(IntStream.rangeClosed(2, 50).mapToObj("ox "::repeat).toList());
        WordPlaces places = new WordPlaces(words(nested), ANALYZER);

        List<Place> found = places.in("ox ".repeat(5000), 0, 15_000);

        assertThat(found).hasSizeBetween(WordPlaces.MOST_WORDS, 2 * WordPlaces.MOST_WORDS);
        assertThat(found.get(1)).as("the phrase worth most").extracting(Place::start, Place::end)
                .containsExactly(0, 50 * 3 - 1);
    }

    @Test
    void bestWindow_isTheFirstOfThoseWorthMost() throws IOException {
        Random random = Seed.random("bestWindow_isTheFirstOfThoseWorthMost");
        for (int round = 0; round < 300; round++) {
            String text = some(random, 400);
            QueryText query = phrases(IntStream.range(0, random.nextInt(5))
                    .mapToObj(i -> some(random, 2 + random.nextInt(random.nextInt(10) == 0 ? 70 : 4))).toList());
            TextQuery words = words(new QueryText("ox goat pony", query.phrases(), List.of()));
            WordPlaces places = new WordPlaces(words, ANALYZER);
            List<Place> found = places.in(text, 0, text.length());

            assertThat(new Snippets(words, ANALYZER).best(found)).isEqualTo(best(places, found));
        }
    }

    /** Weighs every window by itself. */
    private static int best(WordPlaces words, List<Place> places) {
        long best = 0;
        int start = 0;
        for (Place first : places) {
            Set<Integer> seen = new HashSet<>();
            long worth = 0;
            for (Place place : places) {
                if (place.start() >= first.start() && place.end() - first.start() <= Snippets.LENGTH) {
                    worth += seen.add(place.what()) ? words.weight(place.what()) : words.weight(place.what()) / 10;
                }
            }
            if (worth > best) {
                best = worth;
                start = first.start();
            }
        }
        return start;
    }

    private static String some(Random random, int words) {
        return random.ints(words, 0, ANIMALS.size()).mapToObj(ANIMALS::get)
                .map(word -> random.nextInt(6) == 0 ? word + " in the yard of a neighbour," : word)
                .collect(Collectors.joining(" "));
    }

    private static QueryText phrases(List<String> phrases) {
        return new QueryText("", phrases, List.of());
    }

    /** The words of a query, as an index of all these animals knows them. */
    private static TextQuery words(QueryText query) throws IOException {
        try (Directory directory = new ByteBuffersDirectory();
                IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig(ANALYZER))) {
            for (int i = 0; i < ANIMALS.size(); i++) {
                Document document = new Document();
                document.add(new TextField(ChunkAnalyzer.TEXT,
                        String.join(" ", ANIMALS.subList(i, ANIMALS.size())) + " yard neighbour", Field.Store.NO));
                writer.addDocument(document);
            }
            try (DirectoryReader reader = DirectoryReader.open(writer)) {
                return TextQuery.of(query, ANALYZER, new IndexSearcher(reader));
            }
        }
    }
}
