package io.croft.spi.memory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.croft.InvalidInputException;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.spi.Blob;
import io.croft.spi.BlobStore;
import io.croft.spi.IndexScope;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Blobs in memory. */
final class MemoryBlobs implements BlobStore {

    private final World world;
    @GuardedBy("world")
    private final NavigableMap<Key, Kept> blobs = new TreeMap<>();

    private record Key(Org org, String key) implements Comparable<Key> {

        private static final Comparator<Key> ORDER = Comparator.comparing((Key one) -> one.org.id())
                .thenComparing(one -> one.org.incarnation()).thenComparing(Key::key);

        @Override
        public int compareTo(Key other) {
            return ORDER.compare(this, other);
        }
    }

    @SuppressWarnings("ArrayRecordComponent")
    private record Kept(byte[] bytes, Instant usedAt) {
    }

    MemoryBlobs(World world) {
        this.world = world;
    }

    @Override
    public Blob put(Org org, InputStream content, long maxBytes) throws IOException {
        world.reach();
        if (maxBytes < 0 || maxBytes > MAX_BYTES) {
            throw new InvalidInputException("at most " + maxBytes + " bytes is outside 0 to " + MAX_BYTES);
        }
        byte[] bytes = read(content, maxBytes);
        synchronized (world) {
            world.living(org);
            String key = HexFormat.of().formatHex(sha256(bytes));
            blobs.put(new Key(org, key), new Kept(bytes, world.now()));
            return new Blob(key, bytes.length);
        }
    }

    private static byte[] read(InputStream content, long maxBytes) throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        for (int count = content.read(buffer); count >= 0; count = content.read(buffer)) {
            read.write(buffer, 0, count);
            if (read.size() > maxBytes) {
                throw new InvalidInputException("the input has more than " + maxBytes + " bytes");
            }
        }
        return read.toByteArray();
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    @Override
    public Optional<InputStream> open(Org org, String key) {
        world.reach();
        Key wanted = new Key(org, Blob.checkKey(key));
        synchronized (world) {
            return Optional.ofNullable(blobs.get(wanted)).map(kept -> new ByteArrayInputStream(kept.bytes));
        }
    }

    @Override
    public List<Blob> list(Org org, Optional<String> after, int limit) {
        world.reach();
        World.checkSize("a page of", limit, 1, MAX_PAGE);
        String last = after.map(Blob::checkKey).orElse("");
        synchronized (world) {
            return blobs.entrySet().stream()
                    .filter(one -> one.getKey().org.equals(org) && one.getKey().key.compareTo(last) > 0).limit(limit)
                    .map(one -> new Blob(one.getKey().key, one.getValue().bytes.length)).toList();
        }
    }

    @Override
    public boolean delete(Org org, String key, Duration unusedFor) {
        world.reach();
        Key wanted = new Key(org, Blob.checkKey(key));
        synchronized (world) {
            Kept kept = blobs.get(wanted);
            boolean unused = kept != null && !kept.usedAt.isAfter(world.now().minus(unusedFor));
            if (unused) {
                blobs.remove(wanted);
            }
            return unused;
        }
    }

    @Override
    public void erase(IndexScope.PrivateIndex life) {
        world.reach();
    }

    @Override
    public Set<IndexScope.PrivateIndex> lives() {
        world.reach();
        return Set.of();
    }

    /** Removes all of an organisation, and says how many there were. */
    long erase(OrgId org) {
        synchronized (world) {
            List<Key> gone = blobs.keySet().stream().filter(key -> key.org.id().equals(org)).toList();
            gone.forEach(blobs::remove);
            return gone.size();
        }
    }
}
