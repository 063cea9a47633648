package io.croft.lucene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.apache.lucene.util.VectorUtil;
import org.junit.jupiter.api.Test;

/** The dot product whose last bit is always the same. */
class FixedOrderProductTest {

    @Test
    void product_isTheDotProductForEveryLength() {
        SplittableRandom random = new SplittableRandom(1);
        for (int length = 1; length < 100; length++) {
            float[] one = random(length, random);
            float[] other = random(length, random);

            assertThat(FixedOrderProduct.of(one, other)).isCloseTo(VectorUtil.dotProduct(one, other), within(1e-4f));
        }
    }

    /** Lucene's own changes in its last bits when it is compiled, after some thousand calls. */
    @Test
    void product_staysTheSameToTheLastBitHoweverOftenItIsComputed() {
        SplittableRandom random = new SplittableRandom(2);
        float[] one = random(384, random);
        float[] other = random(384, random);
        float first = FixedOrderProduct.of(one, other);

        for (int i = 0; i < 50_000; i++) {
            assertThat(Float.floatToIntBits(FixedOrderProduct.of(one, other))).isEqualTo(Float.floatToIntBits(first));
        }
    }

    private static float[] random(int length, SplittableRandom random) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextDouble() - 0.5f;
        }
        return values;
    }
}
