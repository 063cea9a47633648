package io.croft.pg.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.pg.PgShards;
import io.croft.pg.ShardDatabases;
import io.croft.pg.shard.FullOrg.Seen;
import io.croft.pg.shard.OrgMove.Step;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The process that moves an organisation is killed, again and again, each time a little later. */
class MoveKillTest {

    private static final List<Step> DEATHS =
            List.of(Step.HELD, Step.LEAVING, Step.ARRIVING, Step.COPIED, Step.LEFT, Step.SWITCHED, Step.ARRIVED);

    @Test
    void move_goesOnAfterEachKill(@TempDir Path folder) throws IOException, InterruptedException {
        ShardDatabases databases = ShardDatabases.create();
        try (PgShards shards = databases.open()) {
            FullOrg org = FullOrg.in(shards, "one");
            Seen before = org.seen(shards, "one");

            for (Step last : DEATHS) {
                assertThat(run(databases, org, last, folder)).as("exit after " + last).isEqualTo(MoverProcess.DEAD);
            }
            ShardDatabases.shards(shards).move(org.id(), "two", Duration.ofSeconds(30));

            Seen after = org.seen(shards, "two");
            assertThat(after.jobs()).isEqualTo(before.jobs());
            assertThat(after.counts()).isEqualTo(before.counts());
            assertThat(after.schedules()).isEqualTo(before.schedules());
            assertThat(databases.rows("one", org.id())).isZero();
            org.assertKeys(FullOrg.jobs(shards, "two"));
            assertThat(org.work(FullOrg.jobs(shards, "two"))).hasSize(17);
        }
    }

    private static int run(ShardDatabases databases, FullOrg org, Step last, Path folder)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(ProcessHandle.current().info().command().orElseThrow(), "-cp",
                System.getProperty("java.class.path"), MoverProcess.class.getName(), org.id().toString(), "two",
                last.name()));
        command.addAll(databases.urls());
        Process process = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(folder.resolve(last + ".log").toFile()).start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ends in time").isTrue();
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }
}
