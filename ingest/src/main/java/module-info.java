/** Processors that turn documents into chunks and vectors, the local embedder, the fetcher and the crawler. */
module io.croft.ingest {
    requires ai.djl.tokenizers;
    requires static com.google.errorprone.annotations;
    requires com.microsoft.onnxruntime;
    requires crawler.commons;
    requires org.apache.httpcomponents.client5.httpclient5;
    requires org.apache.httpcomponents.core5.httpcore5;
    requires org.jsoup;
    requires static transitive org.jspecify;
    requires transitive io.croft.core;

    exports io.croft.ingest;
    exports io.croft.ingest.crawl;
    exports io.croft.ingest.fetch;
}
