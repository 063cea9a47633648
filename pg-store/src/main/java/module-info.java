/** Croft's stores on Postgres. */
module io.croft.pg {
    requires transitive io.croft.core;
    requires transitive java.sql;
    requires static com.google.errorprone.annotations;
    requires static org.checkerframework.checker.qual; // what the driver's classes are annotated with
    requires static transitive org.jspecify;
    requires com.fasterxml.jackson.databind;
    requires com.zaxxer.hikari;
    requires flyway.core;
    requires org.postgresql.jdbc;
    requires org.slf4j;

    exports io.croft.pg;
}
