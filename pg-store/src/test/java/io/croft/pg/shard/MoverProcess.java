package io.croft.pg.shard;

import io.croft.OrgId;
import io.croft.pg.PgShards;
import io.croft.pg.ShardDatabases;
import io.croft.pg.shard.OrgMove.Step;
import java.time.Duration;
import java.util.List;

/** A process that moves an organisation and dies on the way. */
final class MoverProcess {

    static final int DEAD = 137;

    private MoverProcess() {
    }

    /** Moves an organisation to a database and dies after a step; then come the URLs of the databases. */
    public static void main(String[] args) {
        Step last = Step.valueOf(args[2]);
        try (PgShards shards = ShardDatabases.open(List.of(args).subList(3, args.length))) {
            ShardDatabases.shards(shards).move(OrgId.parse(args[0]), args[1], Duration.ofSeconds(30), step -> {
                if (step == last) {
                    Runtime.getRuntime().halt(DEAD);
                }
            });
        }
    }
}
