package io.croft.pg.shard;

import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.UnknownOrgException;
import io.croft.job.OrgPlace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** The databases and their map. Thread-safe. */
public final class Shards {

    private static final Duration MAX_PATIENCE = Duration.ofDays(1);
    private static final int FIRST = 1; // the number of the one that may have been in use by itself

    private final ShardMap map;
    private final Map<String, Shard> shards = new HashMap<>();
    private final Optional<Shard> first;
    private final Set<String> open;
    private final Duration clearAfter;

    private Shards(ShardMap map, Collection<Shard> shards, Optional<Shard> first, Set<String> open,
            Duration clearAfter) {
        this.map = map;
        shards.forEach(shard -> this.shards.put(shard.name(), shard));
        this.first = first;
        this.open = open;
        this.clearAfter = clearAfter;
    }

    /**
     * These databases, which all become part of the map, if they are not yet.
     *
     * @param shards     them
     * @param open       the names of those that take new organisations
     * @param clearAfter for how long an organisation that has moved stays readable where it was
     */
    public static Shards of(ShardMap map, List<Shard> shards, Set<String> open, Duration clearAfter) {
        Map<Shard, Shard.Own> news = new HashMap<>();
        long last = 0;
        for (Shard shard : shards) {
            Shard.Own own = shard.own();
            if (!own.joined()) {
                news.put(shard, own);
            }
            last = Math.max(last, own.lastId());
        }
        if (!news.isEmpty()) {
            join(map, shards, news, last);
        }
        Map<String, Integer> numbers = map.add(shards.stream().map(Shard::name).toList());
        shards.forEach(shard -> shard.join(number(numbers, shard), 0)); // or is refused, being another one
        Optional<Shard> first = shards.stream().filter(shard -> number(numbers, shard) == FIRST).findFirst();
        return new Shards(map, shards, first, open, clearAfter);
    }

    /** The one that was in use comes first: ids that it gave before it had a number must not be given again. */
    private static void join(ShardMap map, List<Shard> shards, Map<Shard, Shard.Own> news, long last) {
        List<Shard> order = new ArrayList<>(shards.stream().filter(news::containsKey).toList());
        List<Shard> used = order.stream().filter(shard -> Objects.requireNonNull(news.get(shard)).used()).toList();
        Map<String, Integer> known = map.databases();
        boolean begins = known.isEmpty()
                || (used.size() == 1 && Integer.valueOf(FIRST).equals(known.get(used.getFirst().name())));
        if (used.size() > 1 || (used.size() == 1 && !begins)) {
            throw new InvalidInputException("the databases " + used.stream().map(Shard::name).toList()
                    + " have been in use by themselves: a set of databases can begin with one that has, and all others"
                    + " must be new");
        }
        order.removeAll(used);
        order.addAll(0, used);
        long after = last;
        for (Shard shard : order) {
            Map<String, Integer> numbers = map.add(List.of(shard.name()));
            for (Shard other : shards) {
                if (!news.containsKey(other) || order.indexOf(other) < order.indexOf(shard)) {
                    shard.takeQueues(other);
                    break;
                }
            }
            shard.mapOrgs(map);
            shard.join(number(numbers, shard), after);
            after = Math.max(after, shard.own().lastId());
        }
    }

    private static int number(Map<String, Integer> numbers, Shard shard) {
        return Objects.requireNonNull(numbers.get(shard.name()));
    }

    /** Which database each organisation is in. */
    public ShardMap map() {
        return map;
    }

    /**
     * Where an organisation is, which gets a place if it has none: the database that was in use before there were
     * several, if a process that knows of no others has made it there since.
     */
    public OrgPlace place(OrgId org) {
        if (first.isPresent() && map.find(org).isEmpty() && new OrgAt(org, first.get()).find()
                .filter(here -> !here.is("MOVED") && !here.is("ARRIVING")).isPresent()) {
            map.adopt(first.get().name(), List.of(org.value()));
        }
        return map.place(org, open);
    }

    /** Moves an organisation, or goes on with its move, or ends it. */
    public OrgPlace move(OrgId org, String database, Duration patience) {
        return move(org, database, patience, step -> {
        });
    }

    OrgPlace move(OrgId org, String database, Duration patience, Consumer<OrgMove.Step> done) {
        if (patience.isNegative() || patience.compareTo(MAX_PATIENCE) > 0) {
            throw new InvalidInputException("a patience of " + patience + " is outside 0 to " + MAX_PATIENCE);
        }
        Shard to = shard(org, database);
        OrgMove.Settings settings = new OrgMove.Settings(patience, clearAfter, done);
        OrgPlace place = find(org);
        if (place.leftFrom().isPresent()) {
            new OrgMove(map, org, shard(org, place.leftFrom().get()), shard(org, place.database()), settings).finish();
            place = find(org);
        }
        Shard from = shard(org, place.database());
        if (place.database().equals(database)) {
            if (place.movingTo().isPresent()) {
                new OrgMove(map, org, from, shard(org, place.movingTo().get()), settings).cancel();
            }
        } else if (place.movingTo().isPresent() && !place.movingTo().get().equals(database)) {
            throw new InvalidInputException("organisation " + org + " is being moved from " + place.database() + " to "
                    + place.movingTo().get() + ": move it there, or to " + place.database() + " to end that");
        } else {
            new OrgMove(map, org, from, to, settings).run();
        }
        return find(org);
    }

    /** Makes a database that was restored to an earlier time fit to be used again with the others. */
    public int restored(String database) {
        Shard shard = shards.get(database);
        if (shard == null) {
            throw new InvalidInputException("database " + database + " is not among those given: " + shards.keySet());
        }
        return new Restored(map, shard, shards.values().stream().filter(other -> !other.equals(shard)).toList()).run();
    }

    private OrgPlace find(OrgId org) {
        return map.find(org).orElseThrow(() -> new UnknownOrgException("organisation " + org
                + " does not exist: create it with orgs().create(…) first"));
    }

    private Shard shard(OrgId org, String name) {
        Shard shard = shards.get(name);
        if (shard == null) {
            throw new InvalidInputException("database " + name + ", which organisation " + org
                    + " is in or shall move to, is not among those given: " + shards.keySet());
        }
        return shard;
    }
}
