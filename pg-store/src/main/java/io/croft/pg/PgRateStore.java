package io.croft.pg;

import io.croft.OrgId;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Refusals;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import io.croft.spi.RateStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Buckets of calls, decided on by a function of the dispatcher's: one round trip for any number of organisations. */
final class PgRateStore implements RateStore {

    private static final int BATCH = 10_000;
    private static final int MAX_BATCHES = 100;

    private final Transactions transactions;

    PgRateStore(Transactions transactions) {
        this.transactions = transactions;
    }

    @Override
    public List<Answer> take(List<Request> requests) {
        Refusals.requireBatch("requests for calls", requests.size(), MAX_REQUESTS);
        List<Bucket> buckets = new ArrayList<>();
        Map<UUID, Integer> places = new HashMap<>();
        for (Request request : requests) {
            for (Bucket bucket : request.buckets()) {
                places.computeIfAbsent(bucket.key(), key -> {
                    buckets.add(bucket);
                    return buckets.size();
                });
            }
        }
        return transactions.query(Access.worker(), CallRateSql.TAKE, p -> p
                .uuids(buckets.stream().map(Bucket::key).toList())
                .array("uuid", buckets, bucket -> bucket.org().map(OrgId::value).orElse(null))
                .array("int8", buckets, bucket -> bucket.rate().nanosPerToken())
                .array("int4", buckets, bucket -> bucket.rate().burst())
                .array("int4", requests, request -> place(places, request, 0))
                .array("int4", requests, request -> place(places, request, 1))
                .array("int4", requests, Request::least).array("int4", requests, Request::most),
                Rows.list(row -> new Answer(row.getInt("granted"), row.getLong("wait_nanos"), row.getInt("poorest"))));
    }

    /** Of a request's bucket, counted from 1; 0 if it has none there. */
    private static int place(Map<UUID, Integer> places, Request request, int which) {
        return which < request.buckets().size() ? places.getOrDefault(request.buckets().get(which).key(), 0) : 0;
    }

    /** Removes what is full. Several processes may do so at once. */
    void expire() {
        int gone = BATCH;
        for (int i = 0; i < MAX_BATCHES && gone >= BATCH; i++) {
            gone = transactions.query(Access.worker(), CallRateSql.PURGE, p -> p.int4(BATCH),
                    Rows.one(row -> row.getInt(1)));
        }
    }
}
