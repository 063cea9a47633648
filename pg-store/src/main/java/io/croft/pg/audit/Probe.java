package io.croft.pg.audit;

import io.croft.CroftException;
import io.croft.pg.audit.ProbeSql.Crossing;
import io.croft.pg.audit.ProbeSql.Seed;
import io.croft.pg.audit.Scope.HostTable;
import io.croft.pg.audit.Session.Outcome;
import io.croft.pg.audit.Session.Outcome.Done;
import io.croft.pg.audit.Session.Outcome.Refused;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Looks, writes and calls as two organisations that are new and gone again afterwards: what the catalogues promise is
 * tried. Other transactions see nothing of it; numbers of sequences are used up.
 */
final class Probe {

    private static final String SETTING = "croft.org_id";
    private static final String ADMIN = "admin";
    private static final String APP = "app";
    /** Refused for want of a right, by a policy, or because the organisation is not the transaction's. */
    private static final Set<String> HELD = Set.of("42501", "CR005");

    private final Session session;
    private final Scope scope;
    private final Expected expected;
    private final String config;
    private final Set<Finding> findings = new LinkedHashSet<>();

    Probe(Session session, Scope scope, Expected expected) {
        this.session = session;
        this.scope = scope;
        this.expected = expected;
        this.config = scope.asJson(expected);
    }

    Set<Finding> run() throws SQLException {
        String mine = UUID.randomUUID().toString();
        String theirs = UUID.randomUUID().toString();
        requireRoles();
        as(ADMIN, "");
        session.keep(resolve(ProbeSql.SOME_QUEUE));
        Set<String> seeded = new LinkedHashSet<>();
        for (Seed seed : ProbeSql.SEEDS) {
            if (plant(seed, mine) && plant(seed, theirs)) {
                seeded.add(seed.table());
            }
        }
        List<Visible> readable = readable(APP);
        for (Visible table : readable) {
            lookAt(table, APP, mine);
            if (seeded.contains(table.relname())) {
                requireOwn(table, mine);
            }
        }
        Set<String> held = heldToOneOrg(ADMIN);
        for (Visible table : readable(ADMIN)) {
            if (held.contains(table.relname())) {
                lookAt(table, ADMIN, mine);
            }
        }
        for (Writable table : writable()) {
            write(table, new Identity(resolve("${schema}_app"), SETTING), mine, theirs);
        }
        cross(mine, theirs);
        call(mine, theirs);
        for (HostTable table : scope.hostTables()) {
            probeHost(table);
        }
        nobody();
        return findings;
    }

    private String resolve(String sql) {
        return sql.replace("${schema}", scope.schema().name());
    }

    private void as(String role, String org) throws SQLException {
        session.actAs(scope.schema().name() + "_" + role, SETTING, org);
    }

    private void nobody() throws SQLException {
        session.actAs("", SETTING, "");
    }

    private void requireRoles() throws SQLException {
        Set<String> roles = new LinkedHashSet<>(List.of(resolve("${schema}_" + ADMIN), resolve("${schema}_" + APP)));
        scope.hostTables().forEach(table -> roles.add(table.role()));
        for (String role : roles) {
            Outcome taken = session.attempt("SELECT set_config('role', ?, true)", role);
            if (taken instanceof Refused refused) {
                throw new CroftException("the audit cannot act as " + role + ": "
                        + refused.message() + ". Run it as the application's login or as a superuser, or without the"
                        + " probe");
            }
        }
    }

    private boolean plant(Seed seed, String org) throws SQLException {
        as(seed.role(), seed.held() ? org : "");
        if (session.keep(resolve(seed.sql()), org) instanceof Refused refused) {
            report("PROBE_FAILED", resolve("${schema}.") + seed.table(), "the row of a new organisation was refused: "
                    + refused.message() + " (SQLSTATE " + refused.state() + ")");
            return false;
        }
        return true;
    }

    private List<Visible> readable(String role) throws SQLException {
        nobody();
        return session.query(ProbeSql.READABLE, row -> new Visible(row.getString(1), row.getString(2),
                row.getString(3), row.getString(4)), config, role);
    }

    private List<Writable> writable() throws SQLException {
        nobody();
        return session.query(ProbeSql.WRITABLE, Writable::read, config);
    }

    /** The tables on which this role has policies, and none that lets other organisations' rows pass. */
    private Set<String> heldToOneOrg(String role) {
        Set<String> held = new LinkedHashSet<>();
        Set<String> open = new LinkedHashSet<>();
        for (List<String> policy : expected.lines("policy")) {
            if (List.of(policy.get(4).split(",", -1)).contains(role) && !policy.get(5).equals("-")) {
                (policy.get(5).equals("org") ? held : open).add(policy.get(1));
            }
        }
        held.removeAll(open);
        return held;
    }

    private void lookAt(Visible table, String role, String mine) throws SQLException {
        as(role, mine);
        expectFalse("PROBE_READ", table, role + " with one organisation set sees rows of another",
                session.attempt("SELECT EXISTS (SELECT FROM " + table.name() + " t WHERE t." + table.org()
                        + " IS DISTINCT FROM CAST(? AS " + table.type() + "))", mine));
        as(role, "");
        expectFalse("PROBE_NO_CONTEXT", table, role + " sees rows without an organisation set",
                session.attempt("SELECT EXISTS (SELECT FROM " + table.name() + ")"));
    }

    private void expectFalse(String code, Visible table, String problem, Outcome outcome) {
        if (outcome instanceof Done done && done.isTrue()) {
            report(code, table.name(), problem);
        } else if (outcome instanceof Refused refused && !HELD.contains(refused.state())) {
            report("PROBE_FAILED", table.name(), "it cannot be read: " + refused.message());
        }
    }

    private void requireOwn(Visible table, String mine) throws SQLException {
        as(APP, mine);
        Outcome own = session.attempt("SELECT EXISTS (SELECT FROM " + table.name() + " t WHERE t." + table.org()
                + " = CAST(? AS " + table.type() + "))", mine);
        if (!(own instanceof Done done && done.isTrue())) {
            report("PROBE_BLIND", table.name(), "an organisation does not see its own row");
        }
    }

    private void write(Writable table, Identity who, String mine, String theirs) throws SQLException {
        session.actAs(who.role(), who.setting(), mine);
        String where = " WHERE " + table.org() + " = CAST(? AS " + table.type() + ")";
        if (table.updatable() != null) {
            expectNoRows(table, "UPDATE", session.attempt("UPDATE " + table.name() + " SET " + table.updatable() + " = "
                    + table.updatable() + where, theirs));
            expectNoRows(table, "giving a row away by UPDATE", session.attempt("UPDATE " + table.name() + " SET "
                    + table.org() + " = CAST(? AS " + table.type() + ")" + where, theirs, mine));
        }
        if (table.deletable()) {
            expectNoRows(table, "DELETE", session.attempt("DELETE FROM " + table.name() + where, theirs));
        }
        if (table.insertable() != null) {
            String rest = table.insertable().isEmpty() ? "" : ", " + table.insertable();
            Outcome outcome = session.attempt("INSERT INTO " + table.name() + " (" + table.org() + rest
                    + ") SELECT CAST(? AS " + table.type() + ")" + rest + " FROM " + table.name() + where + " LIMIT 1",
                    theirs, mine);
            expectNoRows(table, "INSERT", outcome);
            if (outcome instanceof Refused refused && !HELD.contains(refused.state())) {
                report("PROBE_WRITE", table.name(), "INSERT for another organisation is stopped by no policy, but by: "
                        + refused.message());
            }
        }
    }

    private void expectNoRows(Writable table, String what, Outcome outcome) {
        if (outcome instanceof Done done && done.rows() > 0) {
            report("PROBE_WRITE", table.name(), what + " reaches rows of another organisation");
        }
    }

    private void cross(String mine, String theirs) throws SQLException {
        as(APP, mine);
        for (Crossing crossing : ProbeSql.CROSSINGS) {
            Outcome outcome = session.attempt(resolve(crossing.sql()), theirs);
            if (outcome instanceof Done) {
                report("PROBE_WRITE", resolve("${schema}.") + crossing.object(), "writes for another organisation");
            } else if (outcome instanceof Refused refused && !HELD.contains(refused.state())) {
                report("PROBE_FAILED", resolve("${schema}.") + crossing.object(), "refused, but not for the"
                        + " organisation: " + refused.message() + " (SQLSTATE " + refused.state() + ")");
            }
        }
    }

    private void call(String mine, String theirs) throws SQLException {
        nobody();
        List<Call> calls = session.query(ProbeSql.CALLS, row -> new Call(row.getString(1), row.getString(2),
                row.getBoolean(3)), config);
        for (Call call : calls) {
            as(APP, mine);
            if (call.answers(session.attempt(call.sql(), theirs))) {
                report("PROBE_FUNCTION", call.function(), "answers an organisation about another one");
            }
            as(APP, "");
            if (call.answers(session.attempt(call.sql(), theirs))) {
                report("PROBE_FUNCTION", call.function(), "answers about an organisation that is not set");
            }
        }
    }

    private void probeHost(HostTable table) throws SQLException {
        nobody();
        List<Writable> all = session.query(ProbeSql.HOST, Writable::read, config, table.table());
        if (all.isEmpty()) {
            return; // it has no such column, which is a finding already
        }
        Writable one = all.getFirst();
        String mine = freshId(one.type());
        String theirs = freshId(one.type());
        Identity who = new Identity(table.role(), table.setting());
        boolean seeded = !table.seed().isEmpty();
        if (seeded) {
            for (String org : List.of(mine, theirs)) {
                session.actAs(who.role(), who.setting(), org);
                if (session.keep(table.seed(), org) instanceof Refused refused) {
                    report("PROBE_FAILED", one.name(), "the row of a new organisation was refused: "
                            + refused.message() + " (SQLSTATE " + refused.state() + ")");
                    seeded = false;
                }
            }
        }
        Visible readable = new Visible(one.name(), one.org(), table.table(), one.type());
        session.actAs(who.role(), who.setting(), mine);
        expectFalse("PROBE_READ", readable, who.role() + " with one organisation set sees rows of another",
                session.attempt("SELECT EXISTS (SELECT FROM " + one.name() + " t WHERE t." + one.org()
                        + " IS DISTINCT FROM CAST(? AS " + one.type() + "))", mine));
        session.actAs(who.role(), who.setting(), "");
        Outcome without = session.attempt("SELECT EXISTS (SELECT FROM " + one.name() + ")");
        if (without instanceof Done done && done.isTrue()) {
            report("PROBE_NO_CONTEXT", one.name(), who.role() + " sees rows without an organisation set");
        }
        if (seeded) {
            write(one, who, mine, theirs);
            writeWithout(table, one);
        }
        session.actAs("", who.setting(), "");
    }

    /** A refusal for want of an organisation comes before keys are looked at. */
    private void writeWithout(HostTable table, Writable one) throws SQLException {
        session.actAs(table.role(), table.setting(), "");
        Outcome outcome = session.attempt(table.seed(), freshId(one.type()));
        if (outcome instanceof Done done && done.rows() > 0) {
            report("PROBE_WRITE", one.name(), "INSERT passes without an organisation set");
        } else if (outcome instanceof Refused refused && refused.state().startsWith("23")) {
            report("PROBE_WRITE", one.name(), "INSERT without an organisation set is stopped by no policy, but by: "
                    + refused.message());
        }
    }

    private static String freshId(String type) {
        return switch (type) {
            case "smallint" -> Integer.toString(-ThreadLocalRandom.current().nextInt(1, Short.MAX_VALUE));
            case "integer", "bigint", "numeric" -> Integer.toString(-ThreadLocalRandom.current().nextInt(1,
                    Integer.MAX_VALUE));
            default -> UUID.randomUUID().toString();
        };
    }

    private void report(String code, String object, String problem) {
        findings.add(new Finding(code, object, problem, Optional.empty()));
    }

    /** A call that names an organisation. */
    private record Call(String function, String sql, boolean definer) {

        /** One that runs as its caller is held by row security: that it finds nothing is as good as a refusal. */
        boolean answers(Outcome outcome) {
            return outcome instanceof Done done && (definer || !done.value().equals(Optional.of("0")));
        }
    }

    /** Who a statement is executed as. */
    private record Identity(String role, String setting) {
    }

    private record Visible(String name, String org, String relname, String type) {
    }

    private record Writable(String name, String org, String type, @Nullable String updatable, boolean deletable,
            @Nullable String insertable) {

        static Writable read(ResultSet row) throws SQLException {
            return new Writable(row.getString(1), row.getString(2), row.getString(3), row.getString(4),
                    row.getBoolean(5), row.getString(6));
        }
    }
}
