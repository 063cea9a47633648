package io.croft.benchmarks.crash;

import io.croft.Croft;
import io.croft.TenantContext;
import io.croft.benchmarks.run.Waiting;
import io.croft.content.ContentStatus;
import io.croft.content.Document;
import io.croft.content.Listing;
import io.croft.content.WriteReceipt;
import io.croft.search.Source;
import io.croft.spi.ContentKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Writes, replaces and deletes documents and listings at random, and remembers the last receipt of each. Used by one
 * thread.
 */
final class CrashWriter {

    private static final int IDS = 20;
    private static final String[] WORDS =
            ("alpha bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike "
                    + "november oscar papa quebec romeo sierra tango uniform victor whiskey xray yankee zulu")
                    .split(" ");

    private final Croft croft;
    private final List<TenantContext> orgs;
    private final SplittableRandom random;
    private final Map<Written, WriteReceipt> last = new HashMap<>();

    /**
     * What a receipt is for.
     *
     * @param source document or listing
     * @param key    which
     */
    private record Written(Source source, ContentKey key) {
    }

    CrashWriter(Croft croft, List<TenantContext> orgs, SplittableRandom random) {
        this.croft = croft;
        this.orgs = List.copyOf(orgs);
        this.random = random;
    }

    /** One random write. */
    void write() {
        TenantContext org = orgs.get(random.nextInt(orgs.size()));
        boolean listing = random.nextInt(3) == 0;
        if (random.nextInt(4) == 0) {
            String id = id();
            Optional<WriteReceipt> receipt = listing
                    ? croft.marketplace().withdraw(org, id)
                    : croft.documents().delete(org, id);
            receipt.ifPresent(this::remember);
        } else if (listing) {
            List<Listing> listings = new ArrayList<>();
            for (int i = random.nextInt(3); i >= 0; i--) {
                listings.add(Listing.of(id(), text()).withTitle(word()).withField("colour", word()));
            }
            croft.marketplace().publishAll(org, listings).forEach(this::remember);
        } else {
            List<Document> documents = new ArrayList<>();
            for (int i = random.nextInt(3); i >= 0; i--) {
                documents.add(Document.text(id(), text()).withTitle(word()).withField("colour", word()));
            }
            croft.documents().putAll(org, documents).forEach(this::remember);
        }
    }

    /** Waits until nothing that was written is still on its way: the database stays as it is then. */
    void settle() {
        Waiting.until("all that was written to be chunked and embedded", Duration.ofMinutes(1),
                () -> last.values().stream().noneMatch(this::isQueued));
    }

    private boolean isQueued(WriteReceipt receipt) {
        TenantContext org = orgs.stream().filter(one -> one.org().equals(receipt.org())).findFirst().orElseThrow();
        Optional<ContentStatus> status = receipt.source() == Source.PRIVATE
                ? croft.documents().status(org, receipt.id())
                : croft.marketplace().status(org, receipt.id());
        return status.orElseThrow().state() == ContentStatus.State.QUEUED;
    }

    /** The last receipts of an organisation's writes. */
    List<WriteReceipt> receipts(TenantContext org) {
        return last.values().stream().filter(receipt -> receipt.org().equals(org.org())).toList();
    }

    /** Everything that was ever written to this source. */
    List<ContentKey> keys(Source source) {
        return last.keySet().stream().filter(written -> written.source() == source).map(Written::key).sorted().toList();
    }

    private void remember(WriteReceipt receipt) {
        last.put(new Written(receipt.source(), new ContentKey(receipt.org(), receipt.id())), receipt);
    }

    private String id() {
        return "doc-" + random.nextInt(IDS);
    }

    private String word() {
        return WORDS[random.nextInt(WORDS.length)];
    }

    private String text() {
        StringBuilder text = new StringBuilder(word());
        for (int i = random.nextInt(40); i >= 0; i--) {
            text.append(' ').append(word());
        }
        return text.toString();
    }

    /** Words that queries are made of. */
    static List<String> words() {
        return List.of(WORDS);
    }
}
