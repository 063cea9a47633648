package io.croft.benchmarks.data;

import io.croft.OrgId;
import io.croft.search.Fields;
import io.croft.spi.Checkpoint;
import io.croft.spi.Chunk;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexSchema;
import io.croft.spi.IndexScope;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * What happens to one index, batch after batch. A batch follows from its number and the seed alone, so that any process
 * can say what the index must hold at any checkpoint. Documents are written, replaced and deleted; they have one to
 * three chunks, fields of all types, and words that many share.
 *
 * @param seed   of everything
 * @param scope  whose index
 * @param owners whose documents or listings it holds
 * @param ids    how many different ones each owner has at most
 * @param most   the most changes of a batch
 */
public record History(long seed, IndexScope scope, List<OrgId> owners, int ids, int most) {

    /** One field of each type. */
    public static final Fields FIELDS =
            Fields.declare().keyword("colour").keywords("tags").number("price").instant("made")
                    .bool("sold").stored("note");
    /** What an index of it is made for. */
    public static final IndexSchema SCHEMA = new IndexSchema(new HashEmbedder().model(), FIELDS);

    private static final int WORDS = 400;
    private static final String[] SYLLABLES =
            "ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu".split(" ");
    private static final Instant BEGAN = Instant.parse("2026-01-01T00:00:00Z");
    private static final HashEmbedder EMBEDDER = new HashEmbedder();

    public History {
        owners = List.copyOf(owners);
    }

    /** One of the words that texts are made of; low numbers are frequent. */
    public static String word(int number) {
        int n = number * 7 + 11;
        return SYLLABLES[n % 20] + SYLLABLES[n / 20 % 20] + SYLLABLES[(n / 400 + number) % 20]
                + SYLLABLES[number % 7];
    }

    /** A random one. */
    public static String word(SplittableRandom random) {
        double skewed = random.nextDouble();
        return word((int) (skewed * skewed * WORDS));
    }

    /** The checkpoint that a batch moves the index to. */
    public static Checkpoint checkpoint(int number) {
        return new Checkpoint(Integer.toString(number));
    }

    /** The number of the batch that moved an index there; 0 for the beginning. */
    public static int number(Checkpoint checkpoint) {
        return checkpoint.value().isEmpty() ? 0 : Integer.parseInt(checkpoint.value());
    }

    /** The changes of a batch, from number 1 on. */
    public List<ContentChunks> batch(int number) {
        List<ContentChunks> batch = new ArrayList<>();
        deletions(number).forEach((key, deleted) -> batch.add(deleted
                ? ContentChunks.none(key)
                : content(key, number)));
        return batch;
    }

    /** What the index holds after a batch: each document with the number of the batch that wrote it. */
    public SortedMap<ContentKey, Integer> after(int number) {
        SortedMap<ContentKey, Integer> all = new TreeMap<>();
        for (int i = 1; i <= number; i++) {
            int batch = i;
            deletions(i).forEach((key, deleted) -> {
                if (deleted) {
                    all.remove(key);
                } else {
                    all.put(key, batch);
                }
            });
        }
        return all;
    }

    /** All that the index holds after a batch. */
    public List<ContentChunks> contents(int number) {
        return after(number).entrySet().stream().map(one -> content(one.getKey(), one.getValue())).toList();
    }

    /** Every document that there can ever be. */
    public List<ContentKey> keys() {
        return owners.stream().flatMap(owner -> IntStream.range(0, ids).mapToObj(id -> new ContentKey(owner, "d" + id)))
                .toList();
    }

    private Map<ContentKey, Boolean> deletions(int number) {
        SplittableRandom random = new SplittableRandom(seed * 1_000_003 + number);
        Map<ContentKey, Boolean> changes = new LinkedHashMap<>();
        for (int i = random.nextInt(most); i >= 0; i--) {
            changes.put(new ContentKey(owners.get(random.nextInt(owners.size())), "d" + random.nextInt(ids)),
                    random.nextInt(5) == 0);
        }
        return changes;
    }

    /** A document as a batch writes it. */
    public ContentChunks content(ContentKey key, int number) {
        SplittableRandom random = new SplittableRandom(seed * 1_000_003 + 31L * number + key.hashCode());
        List<String> texts = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            StringBuilder text = new StringBuilder(word(random));
            for (int j = random.nextInt(20); j >= 0; j--) {
                text.append(' ').append(word(random));
            }
            texts.add(text.toString());
        }
        List<float[]> vectors = EMBEDDER.embed(texts);
        List<Chunk> chunks = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            chunks.add(new Chunk(i, 0, texts.get(i).length(), texts.get(i), vectors.get(i)));
        }
        Map<String, String> fields = Map.of("colour", word(random.nextInt(8)),
                "tags", word(random.nextInt(5)) + "\n" + word(5 + random.nextInt(5)),
                "price", Integer.toString(random.nextInt(1000)),
                "made", BEGAN.plusSeconds(random.nextInt(1_000_000)).toString(),
                "sold", Boolean.toString(random.nextBoolean()), "note", word(random));
        return new ContentChunks(key, number, SCHEMA.model().id(), BEGAN.plusSeconds(number), word(random), fields,
                chunks);
    }
}
