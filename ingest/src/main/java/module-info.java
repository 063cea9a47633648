/** Processors that turn documents into chunks and vectors, and the local embedder. */
module io.croft.ingest {
    requires ai.djl.tokenizers;
    requires com.microsoft.onnxruntime;
    requires static transitive org.jspecify;
    requires transitive io.croft.core;

    exports io.croft.ingest;
}
