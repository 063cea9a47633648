package io.croft.engine.search;

import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.Org;
import io.croft.OrgId;
import io.croft.Secret;
import io.croft.search.Phrases;
import io.croft.search.RelevanceScorer.Tops;
import io.croft.search.SearchQuery;
import io.croft.search.Source;
import io.croft.spi.ContentKey;
import io.croft.spi.QueryText.Correction;
import io.croft.spi.Sight;
import io.croft.spi.TextStatistics;
import io.croft.spi.TextStatistics.TermCount;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Writes pages down as cursors and reads them again. A cursor is signed over the organisation, its life, the groups
 * that its asker was in, what the query asks, and its own content. None of the first four is in it: one that was made
 * for another organisation, asker or query is not to be told from one that was made up. Thread-safe.
 */
final class Cursors {

    /** How long a cursor holds after the first page. */
    static final Duration LIFE = Duration.ofHours(1);

    private static final int MAC_BYTES = 32;
    private static final int VERSION = 3;

    private final SecretKeySpec key;
    private final InstantSource clock;
    private final Marks marks;

    /**
     * Cursors signed with this key.
     *
     * @param secret at least 32 bytes
     */
    Cursors(Secret secret, InstantSource clock) {
        this.key = new SecretKeySpec(secret.revealBytes(), Marks.MAC);
        this.clock = clock;
        this.marks = new Marks(secret);
    }

    /** What stands in these cursors for documents. */
    Marks marks() {
        return marks;
    }

    /** Writes a page of this query down. */
    String write(Org org, Sight sight, SearchQuery query, Page page) {
        byte[] payload = payload(page);
        byte[] mac = mac(org, sight, query, payload);
        byte[] all = Arrays.copyOf(payload, payload.length + MAC_BYTES);
        System.arraycopy(mac, 0, all, payload.length, MAC_BYTES);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(all);
    }

    /**
     * Reads a page of this query.
     *
     * @throws InvalidInputException if the cursor is not one of this query, asker and organisation, or its time is up
     */
    Page read(Org org, Sight sight, SearchQuery query, String cursor) {
        byte[] all;
        try {
            all = Base64.getUrlDecoder().decode(cursor);
        } catch (IllegalArgumentException e) {
            throw foreign();
        }
        if (all.length <= MAC_BYTES) {
            throw foreign();
        }
        byte[] payload = Arrays.copyOf(all, all.length - MAC_BYTES);
        byte[] mac = Arrays.copyOfRange(all, payload.length, all.length);
        if (!MessageDigest.isEqual(mac, mac(org, sight, query, payload))) {
            throw foreign();
        }
        Page page = page(payload);
        if (clock.instant().isAfter(page.began().plus(LIFE))) {
            throw new InvalidInputException("the cursor's first page is of " + page.began() + " and cursors hold for "
                    + LIFE + ": ask for the first page again");
        }
        return page;
    }

    private static InvalidInputException foreign() {
        return new InvalidInputException(
                "the cursor is not one of this query: give what nextCursor() returned, with the "
                        + "same query, or ask for the first page again");
    }

    private byte[] mac(Org org, Sight sight, SearchQuery query, byte[] payload) {
        try {
            Mac mac = Marks.mac(key);
            mac.update(uuids(org.id().value(), org.incarnation()));
            mac.update(MessageDigest.getInstance("SHA-256").digest(identity(sight)));
            mac.update(MessageDigest.getInstance("SHA-256").digest(QueryIdentity.of(query)));
            return mac.doFinal(payload);
        } catch (NoSuchAlgorithmException e) {
            throw new CroftException("this Java has no SHA-256, which every Java must have", e);
        }
    }

    private static byte[] identity(Sight sight) {
        return (sight.isAll() ? "all" : "of\n" + String.join("\n", sight.ordered())).getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] uuids(UUID... ids) {
        ByteBuffer bytes = ByteBuffer.allocate(2 * Long.BYTES * ids.length);
        for (UUID id : ids) {
            bytes.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
        }
        return bytes.array();
    }

    private static byte[] payload(Page page) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            out.writeLong(page.began().toEpochMilli());
            out.writeLong(page.statistics().chunks());
            out.writeLong(page.statistics().totalLength());
            out.writeShort(page.statistics().terms().size());
            for (Map.Entry<String, TermCount> term : page.statistics().terms().entrySet()) {
                out.writeUTF(term.getKey());
                out.writeLong(term.getValue().chunks());
                out.writeLong(term.getValue().occurrences());
            }
            out.writeShort(page.corrections().size());
            for (Correction correction : page.corrections()) {
                out.writeUTF(correction.word());
                out.writeUTF(correction.known());
                out.writeFloat(correction.weight());
            }
            out.writeBoolean(page.phrases() == Phrases.REQUIRE);
            out.writeDouble(page.tops().cosine());
            out.writeDouble(page.tops().bm25());
            out.writeBoolean(page.last().isPresent());
            if (page.last().isPresent()) {
                write(page.last().get(), out);
            }
            out.writeShort(page.shown().size());
            for (long mark : page.shown()) {
                out.writeShort((int) (mark >>> 32));
                out.writeInt((int) mark);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("memory cannot be written to", e);
        }
        return bytes.toByteArray();
    }

    private static void write(Position last, DataOutputStream out) throws IOException {
        out.writeDouble(last.score());
        out.writeBoolean(last.source() == Source.PRIVATE);
        out.writeLong(last.key().org().value().getMostSignificantBits());
        out.writeLong(last.key().org().value().getLeastSignificantBits());
        out.writeUTF(last.key().id());
        out.writeInt(last.ordinal());
    }

    /** Reads what {@link #payload} wrote: the signature has shown that nobody else did. */
    private Page page(byte[] payload) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(payload))) {
            if (in.readByte() != VERSION) {
                throw foreign();
            }
            Instant began = Instant.ofEpochMilli(in.readLong());
            long chunks = in.readLong();
            long length = in.readLong();
            Map<String, TermCount> terms = new HashMap<>();
            for (int left = in.readUnsignedShort(); left > 0; left--) {
                terms.put(in.readUTF(), new TermCount(in.readLong(), in.readLong()));
            }
            List<Correction> corrections = new ArrayList<>();
            for (int left = in.readUnsignedShort(); left > 0; left--) {
                corrections.add(new Correction(in.readUTF(), in.readUTF(), in.readFloat()));
            }
            Phrases phrases = in.readBoolean() ? Phrases.REQUIRE : Phrases.PREFER;
            Tops tops = new Tops(in.readDouble(), in.readDouble());
            Optional<Position> last = in.readBoolean() ? Optional.of(position(in)) : Optional.empty();
            Set<Long> shown = new LinkedHashSet<>();
            for (int left = in.readUnsignedShort(); left > 0; left--) {
                shown.add(((long) in.readUnsignedShort() << 32) | Integer.toUnsignedLong(in.readInt()));
            }
            return new Page(began, new TextStatistics(chunks, length, terms), corrections, phrases, tops, last,
                    shown, marks);
        } catch (IOException e) {
            throw new CroftException("a cursor with a right signature cannot be read", e);
        }
    }

    private static Position position(DataInputStream in) throws IOException {
        double score = in.readDouble();
        Source source = in.readBoolean() ? Source.PRIVATE : Source.MARKETPLACE;
        OrgId org = OrgId.of(new UUID(in.readLong(), in.readLong()));
        return new Position(score, source, new ContentKey(org, in.readUTF()), in.readInt());
    }
}
