package io.croft.benchmarks.index;

import io.croft.OrgId;
import io.croft.benchmarks.data.JudgedCollection;
import io.croft.benchmarks.data.PackageCatalogue;
import io.croft.content.Document;
import io.croft.content.EmbeddingModel;
import io.croft.spi.Chunk;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Documents of one chunk each, as the store would hand them out: texts of the package catalogue, in turn, with the
 * package's own vector turned a little, so that no two are equal. The same ones for the same seed. Thread-safe.
 */
final class ReadyChunks {

    static final EmbeddingModel MODEL = new EmbeddingModel("packages", JudgedCollection.DIMENSIONS, 0.1);

    /** The length of what is added to a vector: as far as the texts of one package may lie apart. */
    private static final double NOISE = 0.3;
    private static final Pattern QUOTATION_MARK = Pattern.compile("[\"\u201c\u201d\u201e]");
    private static final Pattern SPACE = Pattern.compile("\\s+");
    /** As many of a text's words are asked for, beside those of its title. */
    private static final int WORDS = 4;
    private static final Instant WRITTEN = Instant.parse("2026-02-03T04:05:06Z");

    private final PackageCatalogue catalogue;

    ReadyChunks(PackageCatalogue catalogue) {
        this.catalogue = catalogue;
    }

    /** A document of an organisation; its text follows from the number, its vector from all three. */
    ContentChunks document(OrgId org, int number, long revision) {
        int of = Math.floorMod(number * 7919 + org.hashCode(), catalogue.documents().size());
        Document document = catalogue.documents().get(of);
        float[] vector = near(catalogue.vectors().get(of), 31L * number + 17L * revision + org.hashCode());
        String text = document.text();
        return new ContentChunks(new ContentKey(org, "d" + number), revision, MODEL.id(), WRITTEN, document.title(),
                Map.of(), List.of(new Chunk(0, 0, text.length(), text, vector)));
    }

    /**
     * A query: the words and, nearly, the vector of a document. Without quotation marks: a phrase is a condition, and
     * an index that does not have it rightly has no hit.
     */
    Query query(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int of = random.nextInt(catalogue.documents().size());
        String text = catalogue.documents().get(of).title() + ' ' + firstWords(catalogue.documents().get(of).text());
        return new Query(QUOTATION_MARK.matcher(text).replaceAll(" "),
                near(catalogue.vectors().get(of), random.nextLong()));
    }

    /**
     * What is asked for.
     *
     * @param text   words
     * @param vector of unit length
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Query(String text, float[] vector) {
    }

    private static String firstWords(String text) {
        return SPACE.splitAsStream(text).limit(WORDS).collect(Collectors.joining(" "));
    }

    private static float[] near(float[] vector, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double spread = NOISE / Math.sqrt(vector.length);
        float[] turned = new float[vector.length];
        double sum = 0;
        for (int i = 0; i < turned.length; i++) {
            turned[i] = (float) (vector[i] + spread * random.nextGaussian());
            sum += (double) turned[i] * turned[i];
        }
        float length = (float) Math.sqrt(sum);
        for (int i = 0; i < turned.length; i++) {
            turned[i] /= length;
        }
        return turned;
    }
}
