package io.croft.benchmarks.index;

import io.croft.OrgId;
import io.croft.benchmarks.data.OrgIndex;
import io.croft.lucene.LuceneIndex;
import io.croft.spi.Checkpoint;
import io.croft.spi.IndexScope;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Many organisations of Zipf's sizes: the n-th largest has an n-th of the largest's chunks, at least one. Who is asked
 * how often follows the same law, in another order.
 *
 * @param scopes their indexes, the largest first
 * @param sizes  how many chunks each has
 * @param asked  the indexes in the order of how often they are asked
 */
@SuppressWarnings("ArrayRecordComponent")
record Orgs(List<IndexScope.PrivateIndex> scopes, int[] sizes, List<Integer> asked) {

    static final IndexScope.MarketIndex MARKET = new IndexScope.MarketIndex();

    private static final int MOST_CHUNKS = 100_000;
    private static final int MARKET_ORGS = 100;
    private static final int PROGRESS_EVERY = 1_000;

    /** So many, with about so many chunks in all. */
    static Orgs of(int count, long chunks, SplittableRandom random) {
        double harmonic = 0;
        for (int i = 1; i <= count; i++) {
            harmonic += 1.0 / i;
        }
        List<IndexScope.PrivateIndex> scopes = new ArrayList<>();
        List<Integer> asked = new ArrayList<>();
        int[] sizes = new int[count];
        for (int i = 0; i < count; i++) {
            scopes.add(OrgIndex.named("many-" + i));
            sizes[i] = (int) Math.clamp(chunks / harmonic / (i + 1), 1, MOST_CHUNKS);
            asked.add(random.nextInt(i + 1), i);
        }
        return new Orgs(scopes, sizes, asked);
    }

    int count() {
        return sizes.length;
    }

    long chunks() {
        long sum = 0;
        for (int size : sizes) {
            sum += size;
        }
        return sum;
    }

    /** One of them, by how often it is asked: in a third of the cases any, which is mostly a cold one. */
    int choose(SplittableRandom random) {
        return random.nextInt(3) == 0
                ? random.nextInt(count())
                : asked.get((int) Math.min(count() - 1, Math.exp(random.nextDouble() * Math.log(count() + 1.0)) - 1));
    }

    /** Builds all of them and the marketplace. */
    void build(LuceneIndex index, ReadyChunks chunks, int marketChunks) {
        for (int i = 0; i < count(); i++) {
            IndexLoad.build(index, scopes.get(i), scopes.get(i).org(), chunks, sizes[i]);
            if ((i + 1) % PROGRESS_EVERY == 0) {
                System.out.println((i + 1) + " organisations built");
            }
        }
        try (var build = index.rebuild(MARKET)) {
            for (int i = 0; i < marketChunks; i += PROGRESS_EVERY) {
                OrgId seller = OrgId.named("seller-" + i / PROGRESS_EVERY % MARKET_ORGS);
                build.add(IndexLoad.page(chunks, seller, i, Math.min(marketChunks, i + PROGRESS_EVERY)));
            }
            build.finish(new Checkpoint("1"));
        }
    }
}
