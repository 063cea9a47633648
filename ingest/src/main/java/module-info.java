/** Processors that turn documents into chunks and vectors, the local embedder, and the fetcher. */
module io.croft.ingest {
    requires ai.djl.tokenizers;
    requires com.microsoft.onnxruntime;
    requires org.apache.httpcomponents.client5.httpclient5;
    requires org.apache.httpcomponents.core5.httpcore5;
    requires static transitive org.jspecify;
    requires transitive io.croft.core;

    exports io.croft.ingest;
    exports io.croft.ingest.fetch;
}
