package io.croft.ingest;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import io.croft.CroftException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A BERT-like model and its tokenizer, loaded from the class path: text in, unit vector out.
 *
 * <p>Each text is a run of its own. A quantised model scales its activations by the greatest of the run, so in a batch,
 * or with padding, a text's vector would depend on its neighbours; and batches are not faster on a processor.
 *
 * <p>Thread-safe: a run takes place on the caller's thread and on no other. What is native is freed when the last run
 * under way has ended.
 */
final class OnnxModel implements AutoCloseable {

    private final String name;
    private final int maxLength;
    private final Tokenizer tokenizer;
    private final OrtEnvironment environment;
    private final OrtSession session;

    /** Held shared while native code runs, exclusively while it is freed. */
    private final ReadWriteLock inUse = new ReentrantReadWriteLock();
    private final AtomicBoolean closed = new AtomicBoolean();

    private OnnxModel(String name, int maxLength, Tokenizer tokenizer, OrtEnvironment environment, OrtSession session) {
        this.name = name;
        this.maxLength = maxLength;
        this.tokenizer = tokenizer;
        this.environment = environment;
        this.session = session;
    }

    /**
     * Loads {@code NAME.onnx} and {@code NAME-tokenizer.json} from the class path's root.
     *
     * @param maxLength the most tokens of a text that the model reads, with the first and the last one, which are
     *                  special
     * @throws CroftException if they are not there, or not for this machine
     */
    static OnnxModel load(String name, int maxLength) {
        byte[] model = resource(name + ".onnx");
        Tokenizer tokenizer = new Tokenizer(new String(resource(name + "-tokenizer.json"), StandardCharsets.UTF_8));
        try {
            OrtEnvironment environment = OrtEnvironment.getEnvironment();
            environment.setTelemetry(false);
            return new OnnxModel(name, maxLength, tokenizer, environment, session(environment, model));
        } catch (OrtException | LinkageError e) {
            tokenizer.close();
            throw new CroftException(
                    "embedding model " + name + " cannot be loaded by onnxruntime, which unpacks itself"
                            + " into " + System.getProperty("java.io.tmpdir") + ": " + e.getMessage(),
                    e);
        }
    }

    private static OrtSession session(OrtEnvironment environment, byte[] model) throws OrtException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            return environment.createSession(model, options);
        }
    }

    private static byte[] resource(String resource) {
        try (InputStream in = OnnxModel.class.getClassLoader().getResourceAsStream(resource)) {
            if (in == null) {
                throw new CroftException(resource + " is not on the class path: add the jar of the embedding model");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new CroftException(resource + " cannot be read from the class path", e);
        }
    }

    /** The unit vector of a text: the mean over its first tokens. */
    float[] embed(String text) {
        inUse.readLock().lock();
        try {
            requireOpen();
            return unit(run(truncated(tokenizer.encode(text))));
        } catch (OrtException e) {
            throw new CroftException("embedding model " + name + " failed: " + e.getMessage(), e);
        } finally {
            inUse.readLock().unlock();
        }
    }

    /** The number of a text's tokens, without special ones. */
    int countTokens(String text) {
        inUse.readLock().lock();
        try {
            requireOpen();
            return tokenizer.count(text);
        } finally {
            inUse.readLock().unlock();
        }
    }

    private void requireOpen() {
        if (closed.get()) {
            throw new CroftException("embedding model " + name + " is closed");
        }
    }

    /** Leaves out tokens before the last one, which closes every text. */
    private long[] truncated(long[] ids) {
        if (ids.length <= maxLength) {
            return ids;
        }
        long[] head = Arrays.copyOf(ids, maxLength);
        head[maxLength - 1] = ids[ids.length - 1];
        return head;
    }

    /** Runs the model and adds up its vectors of all tokens. */
    private float[] run(long[] ids) throws OrtException {
        long[] shape = {1, ids.length};
        long[] ones = new long[ids.length];
        Arrays.fill(ones, 1);
        try (OnnxTensor tokens = OnnxTensor.createTensor(environment, LongBuffer.wrap(ids), shape);
                OnnxTensor mask = OnnxTensor.createTensor(environment, LongBuffer.wrap(ones), shape);
                OnnxTensor types = OnnxTensor.createTensor(environment, LongBuffer.allocate(ids.length), shape)) {
            Map<String, OnnxTensor> inputs = new HashMap<>();
            inputs.put("input_ids", tokens);
            inputs.put("attention_mask", mask);
            if (session.getInputNames().contains("token_type_ids")) {
                inputs.put("token_type_ids", types);
            }
            try (OrtSession.Result result = session.run(inputs)) {
                return sum(((OnnxTensor) result.get(0)).getFloatBuffer(), ids.length);
            }
        }
    }

    private static float[] sum(FloatBuffer rows, int count) {
        float[] sum = new float[rows.remaining() / count];
        float[] row = new float[sum.length];
        while (rows.hasRemaining()) {
            rows.get(row);
            for (int i = 0; i < sum.length; i++) {
                sum[i] += row[i];
            }
        }
        return sum;
    }

    /** Scales to the length 1, in place; a sum and a mean have the same direction. */
    private static float[] unit(float[] vector) {
        double squares = 0;
        for (float value : vector) {
            squares += (double) value * value;
        }
        double length = Math.sqrt(squares);
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) (vector[i] / length);
        }
        return vector;
    }

    /** Refuses later runs, waits for those under way, and frees what is native. Again, it does nothing. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        inUse.writeLock().lock();
        try {
            tokenizer.close();
            session.close();
        } catch (OrtException e) {
            throw new CroftException("embedding model " + name + " cannot be freed: " + e.getMessage(), e);
        } finally {
            inUse.writeLock().unlock();
        }
    }
}
