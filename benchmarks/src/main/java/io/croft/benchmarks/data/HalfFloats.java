package io.croft.benchmarks.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads vectors of IEEE half floats, little endian, one after the other without a header. */
final class HalfFloats {

    private HalfFloats() {
    }

    /** All vectors of a file, brought to unit length, which rounding to half floats has moved them off a little. */
    static List<float[]> read(Path file, int dimensions) {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException("vectors could not be read from " + file, e);
        }
        int stride = 2 * dimensions;
        if (bytes.length % stride != 0) {
            throw new IllegalStateException(
                    file + " has " + bytes.length + " bytes, which is no multiple of " + stride);
        }
        ByteBuffer halves = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        List<float[]> vectors = new ArrayList<>(bytes.length / stride);
        while (halves.hasRemaining()) {
            float[] vector = new float[dimensions];
            double sum = 0;
            for (int i = 0; i < dimensions; i++) {
                vector[i] = Float.float16ToFloat(halves.getShort());
                sum += (double) vector[i] * vector[i];
            }
            float norm = (float) Math.sqrt(sum);
            for (int i = 0; i < dimensions; i++) {
                vector[i] /= norm;
            }
            vectors.add(vector);
        }
        return vectors;
    }
}
