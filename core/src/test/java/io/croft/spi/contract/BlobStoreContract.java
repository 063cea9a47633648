package io.croft.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.InvalidInputException;
import io.croft.Org;
import io.croft.UnknownOrgException;
import io.croft.spi.Blob;
import io.croft.spi.BlobStore;
import io.croft.spi.IndexScope;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What every store of blobs keeps. */
public abstract class BlobStoreContract extends StoreContract {

    private static final long MAX = 8 << 20;
    private static final Duration HOUR = Duration.ofHours(1);

    /** The blobs under test; by default the store's. */
    protected BlobStore blobs() {
        return store().blobs();
    }

    /** Makes a blob one that was put this much longer ago; others may age with it. */
    protected abstract void age(Org org, String key, Duration by);

    /** An organisation that no other test knows. */
    protected Org org() {
        return store().orgs().find(newOrg()).orElseThrow();
    }

    protected Blob put(Org org, String text) throws IOException {
        return blobs().put(org, stream(text), MAX);
    }

    /** What a blob holds. */
    protected Optional<String> read(Org org, String key) throws IOException {
        Optional<InputStream> found = blobs().open(org, key);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        try (InputStream content = found.get()) {
            return Optional.of(new String(content.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void put_isFoundByTheSha256OfItsBytes() throws IOException {
        Org org = org();

        Blob blob = put(org, "abc");

        assertThat(blob).isEqualTo(
                new Blob("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", 3));
        assertThat(read(org, blob.key())).contains("abc");
        assertThat(put(org, "abc")).isEqualTo(blob);
        assertThat(blobs().list(org, Optional.empty(), 10)).containsExactly(blob);
    }

    @Test
    void put_keepsBytesOfAnySizeAsTheyAre() throws IOException {
        Org org = org();
        Random random = Seed.random("put_keepsBytesOfAnySizeAsTheyAre");
        for (int size : List.of(0, 1, 255, 65_535, 65_536, 1 << 20, (1 << 20) + 1, 5_000_000)) {
            byte[] bytes = new byte[size];
            random.nextBytes(bytes);

            Blob blob = blobs().put(org, new ByteArrayInputStream(bytes), MAX);

            assertThat(blob.bytes()).isEqualTo(size);
            try (InputStream content = blobs().open(org, blob.key()).orElseThrow()) {
                assertThat(content.readAllBytes()).isEqualTo(bytes);
            }
        }
    }

    @Test
    void put_takesStreamsThatGiveLittleAtATime() throws IOException {
        Org org = org();
        InputStream drops = new SequenceInputStream(new InputStream() {
            private int left = 3000;

            @Override
            public int read() {
                return left-- > 0 ? 'a' : -1;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) {
                if (left <= 0) {
                    return -1;
                }
                left--;
                buffer[offset] = 'a';
                return 1;
            }
        }, stream("z"));

        Blob blob = blobs().put(org, drops, MAX);

        assertThat(read(org, blob.key())).contains("a".repeat(3000) + "z");
    }

    @Test
    void put_refusesWhatIsTooLargeAndLeavesNothing() throws IOException {
        Org org = org();

        assertThatThrownBy(() -> blobs().put(org, stream("abcd"), 3)).isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("more than 3 bytes");
        AtomicLong given = new AtomicLong();
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                given.incrementAndGet();
                return 0;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) {
                given.addAndGet(length);
                return length;
            }
        };
        assertThatThrownBy(() -> blobs().put(org, endless, 1000)).isInstanceOf(InvalidInputException.class);
        assertThat(given).as("it is not read to its end").hasValueLessThan(1 << 21);
        for (long outside : List.of(-1L, BlobStore.MAX_BYTES + 1)) {
            assertThatThrownBy(() -> blobs().put(org, stream(""), outside)).isInstanceOf(InvalidInputException.class);
        }

        assertThat(blobs().list(org, Optional.empty(), 10)).isEmpty();
        assertThat(blobs().put(org, stream("abc"), 3).bytes()).isEqualTo(3);
    }

    @Test
    void put_ofAStreamThatFailsThrowsItsFailureAndLeavesNothing() {
        Org org = org();
        InputStream broken = new SequenceInputStream(stream("abc"), new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("the client went away");
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                throw new IOException("the client went away");
            }
        });

        assertThatThrownBy(() -> blobs().put(org, broken, MAX)).isInstanceOf(IOException.class)
                .hasMessage("the client went away");

        assertThat(blobs().list(org, Optional.empty(), 10)).isEmpty();
    }

    @Test
    void blobs_areOfOneOrganisationAlone() throws IOException {
        Org org = org();
        Org other = org();
        Blob blob = put(org, "abc");

        assertThat(blobs().open(other, blob.key())).isEmpty();
        assertThat(blobs().list(other, Optional.empty(), 10)).isEmpty();
        assertThat(blobs().delete(other, blob.key(), Duration.ZERO)).isFalse();
        put(other, "abc");
        assertThat(blobs().delete(other, blob.key(), Duration.ZERO)).isTrue();

        assertThat(read(org, blob.key())).contains("abc");
    }

    @Test
    void blobs_areGoneInTheNextLife() throws IOException {
        Org life = org();
        Blob blob = put(life, "abc");

        IndexScope.PrivateIndex scope = scope(life.id());
        store().orgs().erase(context(life.id()));
        blobs().erase(scope);
        Org next = store().orgs().create(context(life.id()));

        assertThat(blobs().open(next, blob.key())).isEmpty();
        assertThat(blobs().list(next, Optional.empty(), 10)).isEmpty();
        assertThat(blobs().lives()).doesNotContain(scope(next.id()));
        assertThat(read(life, blob.key())).isEmpty();
    }

    @Test
    void list_givesEachBlobOnceInTheOrderOfKeys() throws IOException {
        Org org = org();
        List<Blob> all = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            all.add(put(org, "text " + i));
        }
        all.sort(Comparator.comparing(Blob::key));

        List<Blob> listed = new ArrayList<>();
        List<Blob> page = blobs().list(org, Optional.empty(), 7);
        while (!page.isEmpty()) {
            assertThat(page).hasSizeLessThanOrEqualTo(7);
            listed.addAll(page);
            page = blobs().list(org, Optional.of(page.getLast().key()), 7);
        }

        assertThat(listed).isEqualTo(all);
        for (int limit : List.of(0, BlobStore.MAX_PAGE + 1)) {
            assertThatThrownBy(() -> blobs().list(org, Optional.empty(), limit))
                    .isInstanceOf(InvalidInputException.class);
        }
    }

    @Test
    void delete_sparesWhatWasPutAShortWhileAgo() throws IOException {
        Org org = org();
        Blob blob = put(org, "abc");

        assertThat(blobs().delete(org, blob.key(), HOUR)).isFalse();
        age(org, blob.key(), HOUR.multipliedBy(2));
        put(org, "abc");
        assertThat(blobs().delete(org, blob.key(), HOUR)).as("it counts as new").isFalse();
        age(org, blob.key(), HOUR.multipliedBy(2));

        assertThat(blobs().delete(org, blob.key(), HOUR)).isTrue();
        assertThat(read(org, blob.key())).isEmpty();
        assertThat(blobs().delete(org, blob.key(), HOUR)).isFalse();
        assertThat(blobs().list(org, Optional.empty(), 10)).isEmpty();
        assertThat(read(org, put(org, "abc").key())).contains("abc");
    }

    @Test
    void delete_neverTakesWhatIsPutAtTheSameMoment() throws IOException {
        Org org = org();
        for (int round = 0; round < 30; round++) {
            Blob blob = put(org, "abc");
            age(org, blob.key(), HOUR.multipliedBy(2));

            Race.of(3, number -> number == 0 ? blobs().delete(org, blob.key(), HOUR) : put(org, "abc"));

            assertThat(read(org, blob.key())).as("round " + round).contains("abc");
        }
    }

    @Test
    void keys_areRefusedThatCannotBeAny() {
        Org org = org();
        String key = "0".repeat(64);
        for (String bad : List.of("", "abc", "../../" + key, key + "0", "G" + key.substring(1), "A" + key.substring(1),
                key.substring(1) + "\n")) {
            assertThatThrownBy(() -> blobs().open(org, bad)).isInstanceOf(InvalidInputException.class);
            assertThatThrownBy(() -> blobs().delete(org, bad, HOUR)).isInstanceOf(InvalidInputException.class);
            assertThatThrownBy(() -> blobs().list(org, Optional.of(bad), 10))
                    .isInstanceOf(InvalidInputException.class);
        }
        assertThat(blobs().open(org, key)).isEmpty();
        assertThat(blobs().delete(org, key, Duration.ZERO)).isFalse();
    }

    @Test
    void put_intoALifeThatIsOverIsRefusedOrOutOfReach() throws IOException {
        Org life = org();
        IndexScope.PrivateIndex scope = scope(life.id());
        store().orgs().erase(context(life.id()));
        blobs().erase(scope);

        try {
            put(life, "abc");
            assertThat(blobs().lives()).as("it can be found").anyMatch(one -> one.org().equals(life.id()));
        } catch (UnknownOrgException refused) {
            assertThat(blobs().lives()).noneMatch(one -> one.org().equals(life.id()));
        }
    }
}
