package io.croft.spi;

import io.croft.Org;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Files as they were given, by what they hold: the key of a blob is the SHA-256 of its bytes, so that an organisation
 * keeps the same bytes once. Each life of an organisation has its own: the same bytes of two are kept twice, so that
 * neither can tell by a key, by a time or by the space taken what the other has.
 *
 * <p>Nothing counts who refers to a blob. Whoever removes those that nobody refers to any more leaves alone what was
 * put a short while ago: a put of bytes that are there already makes them as if they were new.
 *
 * <p>Every method throws {@link io.croft.StoreUnavailableException} if the store cannot be reached. Thread-safe.
 */
public interface BlobStore {

    /** The largest blob: 1 GiB. */
    long MAX_BYTES = 1L << 30;
    /** The most blobs of one page. */
    int MAX_PAGE = 1000;

    /**
     * Says which installation's files these are: told at each start, before anything is stored or removed. Where the
     * wrong place can be given by mistake, the first installation is written down there, and any other is refused: to
     * whoever does not know their lives, all files would be of lives that are over.
     *
     * @param installation a name of up to 64 letters and digits that lasts as long as the database, also if that is
     *                     restored elsewhere
     * @throws io.croft.InvalidInputException if they are another installation's
     */
    default void belongTo(String installation) {
        // what is within the database cannot be another's
    }

    /**
     * Stores what a stream holds, to its end, and leaves it open. Once it returns, the blob is whole and survives a
     * crash of the machine; if it throws, there is nothing of it. Memory does not grow with the blob.
     *
     * @param org      whose, in the life that it belongs to
     * @param maxBytes the most bytes, 0 to {@link #MAX_BYTES}
     * @throws IOException                     what the stream throws
     * @throws io.croft.InvalidInputException  if the stream holds more, or the limit is outside its bounds
     * @throws io.croft.UnknownOrgException    if this life of the organisation is over, where the store can tell
     */
    Blob put(Org org, InputStream content, long maxBytes) throws IOException;

    /**
     * Reads a blob; the caller closes the stream. A blob that is removed meanwhile ends it with an {@link IOException}
     * or is read to its end.
     *
     * @param key as {@link Blob#key}
     * @return empty if this life of the organisation has none with this key
     * @throws io.croft.InvalidInputException if it cannot be a key
     */
    Optional<InputStream> open(Org org, String key);

    /**
     * A page of what this life of an organisation has, in the order of the keys. What neither came nor went meanwhile
     * is in exactly one page.
     *
     * @param after the last key of the page before; empty for the first page
     * @param limit 1 to {@value #MAX_PAGE}
     * @return empty after the last page
     */
    List<Blob> list(Org org, Optional<String> after, int limit);

    /**
     * Removes a blob, unless it was put within so long. A put at the same moment comes wholly before it, and keeps it,
     * or wholly after it, and stores it again.
     *
     * @param unusedFor how long ago it must have been put last
     * @return whether it was removed
     * @throws io.croft.InvalidInputException if it cannot be a key
     */
    boolean delete(Org org, String key, Duration unusedFor);

    /**
     * Removes all blobs of a life that is over. Where blobs are rows that go with the organisation's, there is nothing
     * left to remove. A put that is under way may leave its blob: {@link #lives} tells of it.
     */
    void erase(IndexScope.PrivateIndex life);

    /**
     * Lives of organisations of which there are blobs that do not go with the database's rows, so that what an erasure
     * has left can be found. None where they do.
     */
    Set<IndexScope.PrivateIndex> lives();
}
