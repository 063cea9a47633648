package io.croft.pg.content;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Vectors as they are stored: float32, little endian, one after the other. */
final class Vectors {

    private Vectors() {
    }

    static byte[] toBytes(float[] vector) {
        byte[] bytes = new byte[vector.length * Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(vector);
        return bytes;
    }

    static float[] fromBytes(byte[] bytes) {
        float[] vector = new float[bytes.length / Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(vector);
        return vector;
    }
}
