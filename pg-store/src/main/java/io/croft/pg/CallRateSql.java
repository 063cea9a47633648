package io.croft.pg;

/** The statements of {@link PgRateStore}, served by the primary key. */
final class CallRateSql {

    static final String TAKE = """
            SELECT t.granted, t.wait_nanos, t.poorest
            FROM ${schema}.take_calls_v1(?::uuid[], ?::uuid[], ?::bigint[], ?::int[], ?::int[], ?::int[], ?::int[],
              ?::int[]) WITH ORDINALITY AS t (granted, wait_nanos, poorest, place)
            ORDER BY t.place
            """;

    static final String PURGE = "SELECT ${schema}.purge_calls_v1(?)";

    private CallRateSql() {
    }
}
