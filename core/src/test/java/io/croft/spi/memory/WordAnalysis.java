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
        String title = document.title().strip();
        String text = document.chunks().get(chunk).text();
        boolean begins = text.startsWith(title)
                && (text.length() == title.length() || !Character.isLetterOrDigit(text.charAt(title.length())));
        List<String> words = begins ? new ArrayList<>() : words(title);
        words.addAll(words(text));
        return words;
    }
}
