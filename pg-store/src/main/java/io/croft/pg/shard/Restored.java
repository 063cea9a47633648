package io.croft.pg.shard;

import io.croft.OrgId;
import io.croft.job.OrgPlace;
import io.croft.pg.shard.OrgAt.State;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Rows;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * What is to be done with a database that was restored to an earlier time. It has again, in service, the organisations
 * that have moved away since: what they are elsewhere is the later, and stays. It would also give again the ids and
 * fences that it gave since. And if it has the map, that says where they were then. Used by one thread, while no
 * process uses any of the databases; may be repeated if it failed.
 */
final class Restored {

    private final ShardMap map;
    private final Shard restored;
    private final List<Shard> others;
    private int out;

    /**
     * A database that was restored.
     *
     * @param others all others
     */
    Restored(ShardMap map, Shard restored, List<Shard> others) {
        this.map = map;
        this.restored = restored;
        this.others = others;
    }

    /** Does it; returns how many organisations it took out of service in the restored database. */
    int run() {
        long last = others.stream().mapToLong(other -> other.own().lastId()).max().orElse(0);
        restored.transactions().query(Access.admin(), ShardSql.RESTORED, p -> p.int8(last), Rows.any());
        restored.eachOrgs(this::putOut);
        if (map.isIn(restored)) {
            others.forEach(other -> other.eachOrgs(some -> map.set(other.name(), some)));
            restored.mapOrgs(map);
        }
        return out;
    }

    private void putOut(List<UUID> orgs) {
        Map<UUID, String> places = new HashMap<>();
        map.find(orgs).forEach((OrgPlace place) -> places.put(place.org().value(), place.database()));
        for (Shard other : others) {
            Map<UUID, State> there = states(other, orgs);
            there.entrySet().removeIf(entry -> entry.getValue().is("MOVED")
                    || (entry.getValue().is("ARRIVING") && !other.name().equals(places.get(entry.getKey()))));
            there.forEach((org, state) -> putOut(new OrgAt(OrgId.of(org), restored), other, state));
            Set<UUID> wrong = new HashSet<>(there.keySet());
            wrong.removeIf(org -> other.name().equals(places.get(org)));
            map.set(other.name(), new ArrayList<>(wrong));
        }
    }

    private static Map<UUID, State> states(Shard shard, List<UUID> orgs) {
        return shard.transactions().query(Access.admin(), ShardSql.STATES, p -> p.uuids(orgs), rows -> {
            Map<UUID, State> states = new HashMap<>();
            while (rows.next()) {
                states.put(rows.getObject("org_id", UUID.class), new State(rows.getString("state"),
                        Optional.ofNullable(rows.getObject("mover", UUID.class)), Optional.empty(), Duration.ZERO));
            }
            return states;
        });
    }

    /** As if it had just left, by who has brought it there: a move that was under way can be ended. */
    private void putOut(OrgAt here, Shard other, State there) {
        out += here.run(tx -> {
            int changed = tx.update(ShardSql.PUT_OUT, p -> p.text(other.name())
                    .text(there.mover().map(UUID::toString).orElse(null)).org(here.org()));
            tx.query(ShardSql.HOLD, p -> p.org(here.org()).bool(true), Rows.any());
            return changed;
        });
        here.removeRows(tx -> tx.query(ShardSql.HOLD_MOVED, p -> p.org(here.org()), Rows.any()));
    }
}
