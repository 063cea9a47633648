package io.croft.ingest;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Texts of all sorts, by chance. */
final class SampleTexts {

    private static final List<String> WORDS = List.of("the", "horse", "saddle", "veterinary", "16.2", "hands",
            "O'Neill",
            "rider", "don't", "bay,", "gelding.", "Quiet", "in", "traffic;", "hay-net", "€950", "e.g.", "laminitis",
            "Größe",
            "naïve", "Zürich", "café", "жеребец", "άλογο", "حصان", "馬は走る", "말", "ม้า", "🐎", "👩‍🌾", "🇮🇪", "é",
            "http://example.org/a?b=c", "snake_case", "x", "ß", "½", "#1", "—", "supercalifragilisticexpialidocious");

    private static final List<String> SHORT = List.of("a", "?", "🐎", "馬", "horse", "Horse", "HORSE", "  horse  ",
            "##ing", "é", "e\u0301", "1", "€", "\u00a0horse", "don't", "[UNK] horse", "tab\there", "line\nbreak\r\n");

    private SampleTexts() {
    }

    /** Words in any script, without white space inside. */
    static List<String> words(Random random, int count) {
        List<String> words = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            words.add(WORDS.get(random.nextInt(WORDS.size())));
        }
        return words;
    }

    /** Different texts: the shortest first, then of 1 to 600 words. */
    static List<String> varied(Random random, int count) {
        List<String> texts = new ArrayList<>(SHORT.subList(0, Math.min(count, SHORT.size())));
        while (texts.size() < count) {
            int words = texts.size() % 5 == 0 ? 200 + random.nextInt(400) : 1 + random.nextInt(80);
            texts.add(String.join(random.nextInt(4) == 0 ? "\n" : " ", words(random, words)));
        }
        return texts;
    }
}
