package io.croft.lucene;

import io.croft.content.EmbeddingModel;
import io.croft.spi.Checkpoint;
import io.croft.spi.IndexScope;
import java.util.Map;
import java.util.Optional;

/**
 * What is written into each commit beside the documents: whose index it is, of what kind, and how far it has come.
 * Being part of the commit, it is true of exactly the documents in it.
 *
 * @param scope      whose index
 * @param model      the id of its vectors' model
 * @param dimensions their length
 * @param fields     the hash of its declared fields
 * @param checkpoint what has been applied
 */
record CommitData(IndexScope scope, String model, int dimensions, String fields, Checkpoint checkpoint) {

    private static final String SCHEMA = "croft.schema";
    private static final String ORG = "croft.org";
    private static final String INCARNATION = "croft.incarnation";
    private static final String MODEL = "croft.model";
    private static final String DIMENSIONS = "croft.dimensions";
    private static final String FIELDS = "croft.fields";
    private static final String CHECKPOINT = "croft.checkpoint";
    private static final String MARKET = "market";

    CommitData(IndexScope scope, ChunkSchema schema, Checkpoint checkpoint) {
        this(scope, schema.model().id(), schema.model().dimensions(), schema.fields().hash(), checkpoint);
    }

    /** As Lucene keeps it. */
    Map<String, String> toUserData() {
        return Map.of(SCHEMA, ChunkSchema.VERSION, ORG, org(scope), INCARNATION, incarnation(scope), MODEL, model,
                DIMENSIONS, Integer.toString(dimensions), FIELDS, fields, CHECKPOINT, checkpoint.value());
    }

    /** The checkpoint of a commit. */
    static Checkpoint checkpoint(Map<String, String> userData) {
        return new Checkpoint(userData.getOrDefault(CHECKPOINT, ""));
    }

    /** Why a commit cannot be used as the index of this scope and schema; empty if it can. */
    static Optional<String> mismatch(Map<String, String> userData, IndexScope scope, ChunkSchema schema) {
        EmbeddingModel model = schema.model();
        return differs(userData, SCHEMA, ChunkSchema.VERSION)
                .or(() -> differs(userData, ORG, org(scope)))
                .or(() -> differs(userData, INCARNATION, incarnation(scope)))
                .or(() -> differs(userData, MODEL, model.id()))
                .or(() -> differs(userData, DIMENSIONS, Integer.toString(model.dimensions())))
                .or(() -> differs(userData, FIELDS, schema.fields().hash()))
                .or(() -> userData.containsKey(CHECKPOINT)
                        ? Optional.empty()
                        : Optional.of("its commit has no " + CHECKPOINT));
    }

    private static Optional<String> differs(Map<String, String> userData, String key, String expected) {
        String found = userData.get(key);
        return expected.equals(found)
                ? Optional.empty()
                : Optional.of("its " + key + " is " + found + " and must be " + expected);
    }

    private static String org(IndexScope scope) {
        return switch (scope) {
            case IndexScope.MarketIndex market -> MARKET;
            case IndexScope.PrivateIndex index -> index.org().toString();
        };
    }

    private static String incarnation(IndexScope scope) {
        return switch (scope) {
            case IndexScope.MarketIndex market -> MARKET;
            case IndexScope.PrivateIndex index -> index.incarnation().toString();
        };
    }
}
