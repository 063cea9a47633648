package io.croft.pg;

import io.croft.InvalidInputException;
import io.croft.content.EmbeddingModel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Reads vectors as hosts keep them. */
final class ImportedVector {

    private ImportedVector() {
    }

    static float[] ofBytes(String column, byte[] bytes) {
        if (bytes.length % Float.BYTES != 0) {
            throw none(column);
        }
        float[] vector = new float[checked(column, bytes.length / Float.BYTES)];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(vector);
        return vector;
    }

    static float[] ofArray(String column, Object array) {
        if (!(array instanceof Object[] values)) {
            throw none(column);
        }
        float[] vector = new float[checked(column, values.length)];
        for (int i = 0; i < vector.length; i++) {
            if (!(values[i] instanceof Number number)) {
                throw none(column);
            }
            vector[i] = number.floatValue();
        }
        return vector;
    }

    static float[] ofText(String column, String text) {
        String list = text.strip();
        if (!list.startsWith("[") || !list.endsWith("]")) {
            throw none(column);
        }
        String[] values = list.substring(1, list.length() - 1).split(",", -1);
        float[] vector = new float[checked(column, values.length)];
        try {
            for (int i = 0; i < vector.length; i++) {
                vector[i] = Float.parseFloat(values[i].strip());
            }
        } catch (NumberFormatException e) {
            throw none(column); // its message would repeat the value
        }
        return vector;
    }

    private static int checked(String column, int length) {
        if (length < 1 || length > EmbeddingModel.MAX_DIMENSIONS) {
            throw none(column);
        }
        return length;
    }

    private static InvalidInputException none(String column) {
        return new InvalidInputException("column \"" + column + "\" holds no vector of 1 to "
                + EmbeddingModel.MAX_DIMENSIONS + " numbers");
    }
}
