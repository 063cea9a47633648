/**
 * Processors that turn documents into chunks and vectors, the local embedder and those elsewhere, text from files,
 * fetcher and crawler.
 */
module io.croft.ingest {
    requires ai.djl.tokenizers;
    requires static com.google.errorprone.annotations;
    requires com.fasterxml.jackson.core;
    requires com.microsoft.onnxruntime;
    requires crawler.commons;
    requires java.net.http;
    requires org.apache.httpcomponents.client5.httpclient5;
    requires org.apache.httpcomponents.core5.httpcore5;
    requires org.jsoup;
    requires org.slf4j;
    requires static transitive org.jspecify;
    requires transitive io.croft.core;

    // What reads files runs in processes of its own, from the class path: the host's modules do without.
    requires static apache.mime4j.core;
    requires static apache.mime4j.dom;
    requires static java.desktop;
    requires static java.xml;
    requires static org.apache.commons.compress;
    requires static org.apache.pdfbox;
    requires static org.apache.pdfbox.io;
    requires static org.apache.tika.core;
    requires static org.apache.tika.parser.microsoft;
    requires static org.apache.tika.parser.txt;
    requires static org.commonmark;
    requires static org.commonmark.ext.gfm.tables;

    exports io.croft.ingest;
    exports io.croft.ingest.crawl;
    exports io.croft.ingest.embed;
    exports io.croft.ingest.extract;
    exports io.croft.ingest.fetch;
}
