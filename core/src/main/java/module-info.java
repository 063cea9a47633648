/** The public API of Croft, the worker runtime, the relevance scorer and the seams. */
module io.croft.core {
    requires transitive java.sql;
    requires static com.google.errorprone.annotations;
    requires static transitive org.jspecify;
    requires com.github.benmanes.caffeine;
    requires org.slf4j;

    exports io.croft;
    exports io.croft.analytics;
    exports io.croft.audit;
    exports io.croft.content;
    exports io.croft.flags;
    exports io.croft.intake;
    exports io.croft.job;
    exports io.croft.limits;
    exports io.croft.search;
    exports io.croft.spi;
    exports io.croft.testing;
}
