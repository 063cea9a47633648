package io.croft.lucene;

import static io.croft.lucene.Texts.await;
import static io.croft.lucene.Texts.checkpoint;
import static io.croft.lucene.Texts.files;
import static io.croft.lucene.Texts.scope;
import static io.croft.lucene.Texts.seed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.CroftException;
import io.croft.OrgId;
import io.croft.content.EmbeddingModel;
import io.croft.search.Fields;
import io.croft.search.SearchMode;
import io.croft.spi.Chunk;
import io.croft.spi.ChunkIndex.Standing;
import io.croft.spi.ContentChunks;
import io.croft.spi.ContentKey;
import io.croft.spi.IndexEvent.Step;
import io.croft.spi.IndexSchema;
import io.croft.spi.IndexScope;
import io.croft.spi.IndexSession;
import io.croft.spi.IndexSession.Candidate;
import io.croft.spi.QueryText;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An index that is too large to be read through before the first answer, with a byte that has changed. */
class DamageTest {

    private static final EmbeddingModel WIDE = new EmbeddingModel("test-384", 384, 0.1);
    private static final IndexScope.PrivateIndex ACME = scope("acme");
    private static final IndexScope.PrivateIndex NEIGHBOUR = scope("neighbour");
    private static final int DAMAGES = 500;
    private static final int TEXTS = 4_000;
    private static final int NOTE_CHARS = 1_000;

    @TempDir
    Path root;

    private final Set<IndexScope> suspected = ConcurrentHashMap.newKeySet();

    @Test
    void aChangedByte_isAlwaysFound_andUntilThenNoOtherTextIsShown() throws Exception {
        Random random = new Random(seed());
        create();
        List<Path> files = files(folder());
        assertThat(files.stream().mapToLong(DamageTest::size).sum()).isGreaterThan(GenerationCheck.SMALL_BYTES);

        int later = 0;
        for (int i = 0; i < DAMAGES; i++) {
            Path file = i % 2 == 0 ? largest(files) : files.get(random.nextInt(files.size()));
            long position = random.nextInt(3) == 0
                    ? Math.max(0, size(file) - 1 - random.nextInt(64))
                    : (long) (random.nextDouble() * size(file));
            byte mask = (byte) (1 << random.nextInt(Byte.SIZE));
            flip(file, position, mask);
            later += found(file.getFileName() + " at " + position) ? 1 : 0;
            flip(file, position, mask);
        }

        System.out.println(later + " of " + DAMAGES + " damages were found behind the first answer");
        assertThat(later).isBetween(DAMAGES / 20, DAMAGES * 9 / 10);
        suspected.clear();
        try (LuceneIndex index = started()) {
            assertThat(index.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("1")));
            await("all was read through", () -> index.stats().checks() == 1);
            assertThat(index.stats().damages()).isZero();
            assertThat(suspected).isEmpty();
            assertThat(texts(index, ACME, "number7")).containsExactly("text number7 of acme");
        }
    }

    /** Returns whether it was found only after the index had been opened. */
    private boolean found(String what) throws Exception {
        suspected.clear();
        try (LuceneIndex index = started()) {
            boolean opened = index.open(ACME) instanceof Standing.Ready;
            if (opened) {
                boolean foundBySearch = false;
                try {
                    assertThat(texts(index, ACME, "number7")).as(what).containsExactly("text number7 of acme");
                } catch (CroftException refused) {
                    assertThat(refused).as(what).hasMessageContaining(root.toString());
                    foundBySearch = true;
                }
                await(what + " was found", () -> suspected.contains(ACME));
                assertThat(index.stats().damages()).as(what).isBetween(foundBySearch ? 0L : 1L, 1L);
            }
            assertThatThrownBy(() -> index.session(ACME, Long.MAX_VALUE)).as(what).isInstanceOf(CroftException.class);
            assertThat(index.open(ACME)).as(what).isInstanceOf(Standing.NeedsRebuild.class);
            assertThat(index.open(ACME)).as(what + ", asked again").isInstanceOf(Standing.NeedsRebuild.class);
            assertThat(texts(index, NEIGHBOUR, "number1")).containsExactly("text number1 of neighbour");
            assertThat(suspected).doesNotContain(NEIGHBOUR);
            return opened;
        }
    }

    @Test
    void aChangedByteOfWhatIsShown_isNotShown_howeverLateTheFilesAreReadThrough() throws Exception {
        create();
        Path large = largest(files(folder()));
        String shown = note(7).get("note");
        long position = new String(Files.readAllBytes(large), StandardCharsets.ISO_8859_1).indexOf(shown);
        assertThat(position).isPositive();
        flip(large, position + NOTE_CHARS / 2, (byte) 1);
        try (LuceneIndex index = started(Duration.ofHours(1))) {
            assertThat(index.open(ACME)).isInstanceOf(Standing.Ready.class);

            assertThatThrownBy(() -> texts(index, ACME, "number7")).isInstanceOf(CroftException.class)
                    .hasMessageContaining("has changed since it was written");

            assertThat(texts(index, NEIGHBOUR, "number1")).containsExactly("text number1 of neighbour");
            assertThat(suspected).containsExactly(ACME);
            assertThat(index.open(ACME)).isInstanceOf(Standing.NeedsRebuild.class);
        }
    }

    @Test
    void damagedIndex_isRebuiltInItsPlace() throws Exception {
        create();
        Path large = largest(files(folder()));
        flip(large, size(large) - 100, (byte) 1);

        try (LuceneIndex index = started()) {
            index.open(ACME);
            await("the damage was found", () -> index.open(ACME) instanceof Standing.NeedsRebuild);
            Texts.create(index, ACME, checkpoint("2"), texts(ACME.org(), "acme", 20));

            assertThat(texts(index, ACME, "number7")).containsExactly("text number7 of acme");
            assertThat(index.open(ACME)).isEqualTo(new Standing.Ready(checkpoint("2")));
        }
    }

    private void create() {
        try (LuceneIndex index = started()) {
            Texts.create(index, ACME, checkpoint("1"), texts(ACME.org(), "acme", TEXTS));
            Texts.create(index, NEIGHBOUR, checkpoint("1"), texts(NEIGHBOUR.org(), "neighbour", 3));
        }
    }

    private LuceneIndex started() {
        return started(Duration.ZERO);
    }

    private LuceneIndex started(Duration checkAfter) {
        LuceneIndex index = LuceneIndex.builder(root).checkAfter(checkAfter).build();
        index.start(new IndexSchema(WIDE, Fields.undeclared()), event -> {
            if (event.step() == Step.SUSPECTED) {
                suspected.add(event.scope());
            }
        });
        return index;
    }

    private static List<ContentChunks> texts(OrgId org, String name, int count) {
        Random random = new Random(3);
        List<ContentChunks> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String text = "text number" + i + " of " + name;
            texts.add(new ContentChunks(new ContentKey(org, "d" + i), 1, WIDE.id(), Texts.WRITTEN, "", note(i),
                    List.of(new Chunk(0, 0, text.length(), text, Texts.unit(random, WIDE.dimensions())))));
        }
        return texts;
    }

    private static List<String> texts(LuceneIndex index, IndexScope scope, String word) {
        try (IndexSession session = index.session(scope, Long.MAX_VALUE)) {
            List<Candidate> found = Texts.find(session, SearchMode.TEXT, word);
            List<IndexSession.Passage> passages = session.passages(found, QueryText.of(word), Long.MAX_VALUE);
            for (IndexSession.Passage passage : passages) {
                assertThat(passage.fields()).isEqualTo(note(Integer.parseInt(word.substring("number".length()))));
            }
            return passages.stream().map(IndexSession.Passage::snippet).toList();
        }
    }

    /** Enough that texts are a good part of the files. */
    private static Map<String, String> note(int number) {
        return Map.of("note", new Random(number).ints(NOTE_CHARS, 'a', 'z' + 1)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString());
    }

    private Path folder() {
        String org = ACME.org().toString();
        return root.resolve("orgs").resolve(org.substring(0, 2)).resolve(org + "-" + ACME.incarnation());
    }

    private static Path largest(List<Path> files) {
        Path largest = files.getFirst();
        for (Path file : files) {
            largest = size(file) > size(largest) ? file : largest;
        }
        return largest;
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void flip(Path file, long position, byte mask) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(position);
            int old = bytes.read();
            bytes.seek(position);
            bytes.write(old ^ mask);
        }
    }
}
