/** Croft's index on local Lucene folders. */
module io.croft.lucene {
    requires transitive io.croft.core;
    requires static com.google.errorprone.annotations;
    requires static transitive org.jspecify;
    requires com.github.benmanes.caffeine;
    requires org.apache.lucene.analysis.common;
    requires org.apache.lucene.backward_codecs;
    requires org.apache.lucene.core;
    requires org.slf4j;

    exports io.croft.lucene;

    provides org.apache.lucene.codecs.Codec with
            io.croft.lucene.codec.CroftCodec;
}
