package io.croft.ingest;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import io.croft.CroftException;

/**
 * A Hugging Face tokenizer, as defined by its JSON file, without padding and truncation. Thread-safe, except that
 * nothing may run when it is closed, nor after.
 */
final class Tokenizer implements AutoCloseable {

    private final long handle;

    /**
     * Opens a tokenizer.
     *
     * @param json the content of a {@code tokenizer.json}
     * @throws CroftException if the native library cannot be loaded
     */
    Tokenizer(String json) {
        TokenizerLibrary.require();
        handle = TokenizersLibrary.LIB.createTokenizerFromString(json);
        TokenizersLibrary.LIB.disablePadding(handle);
        TokenizersLibrary.LIB.disableTruncation(handle);
    }

    /** The ids of a text's tokens, with those special tokens around them that the model expects. */
    long[] encode(String text) {
        return encode(text, true);
    }

    /** The number of a text's own tokens, without special ones. */
    int count(String text) {
        return encode(text, false).length;
    }

    private long[] encode(String text, boolean withSpecialTokens) {
        long encoding = TokenizersLibrary.LIB.encode(handle, text, withSpecialTokens);
        try {
            return TokenizersLibrary.LIB.getTokenIds(encoding);
        } finally {
            TokenizersLibrary.LIB.deleteEncoding(encoding);
        }
    }

    @Override
    public void close() {
        TokenizersLibrary.LIB.deleteTokenizer(handle);
    }
}
