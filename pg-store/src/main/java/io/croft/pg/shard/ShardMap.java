package io.croft.pg.shard;

import io.croft.CroftException;
import io.croft.OrgId;
import io.croft.job.OrgPlace;
import io.croft.pg.tx.Access;
import io.croft.pg.tx.Binder;
import io.croft.pg.tx.Rows;
import io.croft.pg.tx.Transactions;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Which database each organisation is in: two tables in one of the databases. Thread-safe. */
public final class ShardMap {

    private static final int MAX_ADDS = 20;
    private static final UUID FIRST = new UUID(0, 0);

    private final Transactions transactions;

    /** The map in this database. */
    public ShardMap(Transactions transactions) {
        this.transactions = transactions;
    }

    /** Adds these databases, those that are new by the next numbers; returns the numbers of all that there are. */
    Map<String, Integer> add(Collection<String> names) {
        Map<String, Integer> numbers = databases();
        for (int i = 0; i < MAX_ADDS && !numbers.keySet().containsAll(names); i++) {
            for (String name : names) {
                transactions.update(Access.admin(), ShardSql.ADD_DATABASE, p -> p.text(name).text(name));
            }
            numbers = databases();
        }
        if (!numbers.keySet().containsAll(names)) {
            throw new CroftException("the databases " + names + " could not be added to the map: others are added to it"
                    + " all the time");
        }
        return numbers;
    }

    /** The numbers of the databases, by their names, in their order. */
    Map<String, Integer> databases() {
        return transactions.query(Access.admin(), ShardSql.DATABASES, Binder.NONE, rows -> {
            Map<String, Integer> numbers = new LinkedHashMap<>();
            while (rows.next()) {
                numbers.put(rows.getString("name"), rows.getInt("number"));
            }
            return numbers;
        });
    }

    /** Gives these organisations a place in this database, unless they have one. */
    void adopt(String database, List<UUID> orgs) {
        transactions.update(Access.admin(), ShardSql.ADOPT, p -> p.text(database).uuids(orgs));
    }

    /** Where an organisation is. */
    public Optional<OrgPlace> find(OrgId org) {
        return transactions.query(Access.admin(), ShardSql.FIND, p -> p.org(org), Rows.first(ShardMap::read));
    }

    /** Where it is; in one of these databases, if it is new. */
    public OrgPlace place(OrgId org, Collection<String> databases) {
        Optional<OrgPlace> known = find(org);
        if (known.isPresent()) {
            return known.get();
        }
        adopt(choose(org, databases), List.of(org.value()));
        return find(org).orElseThrow(() -> new CroftException("organisation " + org
                + " was placed and erased at this moment: create it again"));
    }

    /** Takes this place away from it, unless it moves or has moved. */
    public void forget(OrgPlace place) {
        transactions.update(Access.admin(), ShardSql.FORGET,
                p -> p.org(place.org()).text(place.database()).int8(place.version()));
    }

    /** Where these are, as far as it is known. */
    List<OrgPlace> find(List<UUID> orgs) {
        return transactions.query(Access.admin(), ShardSql.PLACES, p -> p.uuids(orgs), Rows.list(ShardMap::read));
    }

    /** Says that these are in this database, whatever was said before. */
    void set(String database, List<UUID> orgs) {
        adopt(database, orgs);
        transactions.update(Access.admin(), ShardSql.SET_PLACE, p -> p.text(database).text(database).uuids(orgs));
    }

    /** Whether it is in this database. */
    boolean isIn(Shard shard) {
        return transactions == shard.transactions();
    }

    /** Those whose moves are not at their end, by their ids. */
    public List<OrgPlace> moving(Optional<OrgId> after, int limit) {
        return transactions.query(Access.admin(), ShardSql.MOVING,
                p -> p.uuid(after.map(OrgId::value).orElse(FIRST)).int4(limit), Rows.list(ShardMap::read));
    }

    /** Notes a move, or takes one over that is under way to there; whoever had it cannot end or switch it any more. */
    boolean beginMove(OrgId org, String from, String to, UUID mover) {
        return change(ShardSql.BEGIN_MOVE, p -> p.text(to).uuid(mover).org(org).text(from).text(to).text(to));
    }

    /** Takes over a move that is under way. */
    boolean takeMove(OrgId org, String from, String to, UUID mover) {
        return change(ShardSql.TAKE_MOVE, p -> p.uuid(mover).org(org).text(from).text(to));
    }

    void endUnmoved(OrgId org, String from, String to, UUID mover) {
        change(ShardSql.END_UNMOVED, p -> p.org(org).text(from).text(to).uuid(mover));
    }

    boolean switchTo(OrgId org, String from, String to, UUID mover) {
        return change(ShardSql.SWITCH, p -> p.org(org).text(from).text(to).uuid(mover));
    }

    void endMoved(OrgId org, String from, String to) {
        change(ShardSql.END_MOVED, p -> p.org(org).text(to).text(from));
    }

    private boolean change(String sql, Binder binder) {
        return transactions.update(Access.admin(), sql, binder) == 1;
    }

    private static OrgPlace read(ResultSet row) throws SQLException {
        return new OrgPlace(OrgId.of(row.getObject("org_id", UUID.class)), row.getString("database"),
                row.getLong("version"), Optional.ofNullable(row.getString("moving_to")),
                Optional.ofNullable(row.getString("left_from")));
    }

    /**
     * Rendezvous hashing (Thaler and Ravishankar, IEEE/ACM Transactions on Networking 6(1), 1998): each database gets a
     * number for the organisation, and the greatest one wins. So new organisations spread evenly, and which database
     * one gets does not depend on the order in which databases are named. It is asked once for each organisation; then
     * the map knows.
     */
    static String choose(OrgId org, Collection<String> databases) {
        String best = null;
        long most = 0;
        for (String database : databases) {
            long score = mixed(org.value().getMostSignificantBits()
                    ^ mixed(org.value().getLeastSignificantBits() ^ mixed(hash(database))));
            if (best == null || score > most || (score == most && database.compareTo(best) < 0)) {
                best = database;
                most = score;
            }
        }
        if (best == null) {
            throw new CroftException("no database takes new organisations: give one to the builder that does");
        }
        return best;
    }

    /** FNV-1a. */
    private static long hash(String text) {
        long hash = 0xcbf29ce484222325L;
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
        }
        return hash;
    }

    /** The finisher of SplitMix64, which spreads each bit over all. */
    private static long mixed(long bits) {
        long z = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
