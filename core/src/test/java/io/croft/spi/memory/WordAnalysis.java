package io.croft.spi.memory;

import io.croft.spi.ContentChunks;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Text as words: runs of letters and digits, in lower case. */
final class WordAnalysis {

    private WordAnalysis() {
    }

    static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        for (String word : text.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}]+", -1)) {
            if (!word.isEmpty()) {
                words.add(word);
            }
        }
        return words;
    }

    /** The words by which a chunk of a document is found: those of the title and its own. */
    static List<String> words(ContentChunks document, int chunk) {
        List<String> words = words(document.title());
        words.addAll(words(document.chunks().get(chunk).text()));
        return words;
    }
}
