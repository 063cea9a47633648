package io.croft.pg;

import io.croft.CroftException;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.job.OrgPlace;
import io.croft.pg.shard.Shard;
import io.croft.pg.shard.ShardMap;
import io.croft.pg.shard.Shards;
import io.croft.spi.JobShards;
import io.croft.spi.Store;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Several Postgres databases that share organisations, for {@link io.croft.ShardedJobQueue}. Thread-safe.
 *
 * <pre>{@code
 * PgShards shards = PgShards.builder("eu-1")
 *         .database("eu-1", PgStore.builder(first))
 *         .database("eu-2", PgStore.builder(second))
 *         .open();
 * }</pre>
 *
 * <p>Each database has a name, which it keeps for ever, and which its organisations are found by: it is written down in
 * the database itself and in the map. The map of organisations is in one of the databases, always the same one. Every
 * process gives all databases that organisations are in. One may be added at any time; it must be new, and gets the
 * queues of the one with the map, with their limits and pauses. Only the first one, with which a map begins, may have
 * been in use: its organisations are put into the map, where they are. One that a process which knows of no others
 * creates there later is put into the map when it is created here too; in the other databases none may be created so.
 *
 * <p>Jobs' ids are apart from one another: those of a database are its number modulo 1,024. They stay below 2^53 for
 * 8.7 million million numbers: a job takes one, another one each time that it gets into its line anew, and a move out
 * of the database whose ids are ahead takes a million.
 */
public final class PgShards implements JobShards {

    /**
     * How long an organisation that has moved stays readable where it was: longer than any process that can reach that
     * database goes on believing it there.
     */
    static final Duration CLEAR_AFTER = Duration.ofSeconds(15);

    private final Map<String, Store> stores;
    private final Shards shards;

    private PgShards(Map<String, PgStore> stores, Shards shards) {
        this.stores = Collections.unmodifiableMap(new LinkedHashMap<>(stores));
        this.shards = shards;
    }

    /**
     * Begins a set of databases.
     *
     * @param map the name of the one that has the map. It is read when a process meets an organisation for the first
     *            time, and written for new organisations and moves: while it is away, everything else goes on. A
     *            database for the map alone is one that takes no new organisations
     */
    public static Builder builder(String map) {
        return new Builder(map);
    }

    /** The databases and their map. */
    Shards shards() {
        return shards;
    }

    @Override
    public Map<String, Store> stores() {
        return stores;
    }

    @Override
    public Optional<OrgPlace> find(OrgId org) {
        return shards.map().find(org);
    }

    @Override
    public OrgPlace place(OrgId org) {
        return shards.place(org);
    }

    @Override
    public void forget(OrgPlace place) {
        shards.map().forget(place);
    }

    @Override
    public List<OrgPlace> moving(Optional<OrgId> after, int limit) {
        return shards.map().moving(after, limit);
    }

    @Override
    public OrgPlace move(OrgId org, String database, Duration patience) {
        return shards.move(org, database, patience);
    }

    /**
     * Makes a database fit to be used again with the others, after it was restored to an earlier time; to be called
     * once, before any process uses any of the databases, and again if it fails. Organisations that have moved away
     * since are taken out of service there, and what it has of them is removed: what they are where they went is the
     * later, and stays. It goes on with greater ids and fences than it has given, if those since were less than a
     * million. If it has the map, the places of all organisations are put right by what the databases say.
     *
     * <p>Organisations that have moved there since, and all else that was written there since, are not brought back; an
     * organisation that was erased since is back. It reads the list of all organisations that are there, and for the
     * map of those everywhere, 10,000 at a time.
     *
     * @return how many organisations were taken out of service there
     * @throws InvalidInputException              if there is no such database
     * @throws io.croft.StoreUnavailableException if one of the databases cannot be reached
     */
    public int restored(String database) {
        return shards.restored(database);
    }

    /** Closes all stores, whatever of it fails. Idempotent. */
    @Override
    public void close() {
        closeAll(stores.values());
    }

    private static void closeAll(Iterable<? extends Store> stores) {
        RuntimeException first = null;
        for (Store store : stores) {
            try {
                store.close();
            } catch (RuntimeException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }

    /** The databases to open. Used by one thread. */
    public static final class Builder {

        private static final Pattern NAME = Pattern.compile("[a-zA-Z][a-zA-Z0-9._-]{0,63}");

        private final String map;
        private final Map<String, PgStore.Builder> databases = new LinkedHashMap<>();
        private final Set<String> open = new HashSet<>();
        private Duration clearAfter = CLEAR_AFTER;

        private Builder(String map) {
            this.map = map;
        }

        /**
         * Adds a database, which takes new organisations: they are spread evenly over all that do.
         *
         * @param name  1 to 64 of a-z, A-Z, 0-9, dot, dash and underscore, beginning with a letter
         * @param store how to open it
         * @throws InvalidInputException if the name is another, or was given before, or there are too many
         */
        public Builder database(String name, PgStore.Builder store) {
            add(name, store);
            open.add(name);
            return this;
        }

        /** Adds a database that takes no new organisations; those that are there stay, others can be moved there. */
        public Builder closedDatabase(String name, PgStore.Builder store) {
            add(name, store);
            return this;
        }

        private void add(String name, PgStore.Builder store) {
            Objects.requireNonNull(store, "store");
            if (!NAME.matcher(name).matches()) {
                throw new InvalidInputException("database name \"" + name.replaceAll("\\p{Cntrl}", "?")
                        + "\" cannot be used: 1 to 64 of a-z, A-Z, 0-9, dot, dash and underscore, beginning with a "
                        + "letter");
            } else if (databases.containsKey(name)) {
                throw new InvalidInputException("database " + name + " is given twice: give each once");
            } else if (databases.size() == MAX_DATABASES) {
                throw new InvalidInputException("database " + name + " would be one more than " + MAX_DATABASES);
            }
            databases.put(name, store);
        }

        /** Sets for how long an organisation that has moved stays readable where it was. */
        Builder clearAfter(Duration time) {
            this.clearAfter = time;
            return this;
        }

        /**
         * Opens all databases, and makes those known to the map that are new.
         *
         * @throws io.croft.StoreUnavailableException if one of them cannot be reached
         * @throws InvalidInputException              if the one with the map is not given, or one is new to the map and
         *                                            has been in use
         * @throws CroftException                     if one cannot be opened, as {@link PgStore.Builder#open} says
         */
        public PgShards open() {
            if (!databases.containsKey(map)) {
                throw new InvalidInputException("database " + map + ", which has the map, is not among those given: "
                        + databases.keySet());
            }
            Map<String, PgStore> stores = new LinkedHashMap<>();
            boolean opened = false;
            try {
                databases.forEach((name, builder) -> stores.put(name, builder.open(name)));
                List<Shard> all = new ArrayList<>();
                stores.forEach((name, store) -> all.add(new Shard(name, store.transactions(), store.jobs())));
                ShardMap orgs = new ShardMap(Objects.requireNonNull(stores.get(map)).transactions());
                PgShards shards = new PgShards(stores, Shards.of(orgs, all, Set.copyOf(open), clearAfter));
                opened = true;
                return shards;
            } finally {
                if (!opened) {
                    closeAll(stores.values());
                }
            }
        }
    }
}
