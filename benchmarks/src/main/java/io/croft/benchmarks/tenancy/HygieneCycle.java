package io.croft.benchmarks.tenancy;

import io.croft.benchmarks.run.Database;
import java.util.SplittableRandom;

/**
 * One borrowing of a connection: as whom its statements must run, and how it is to end. Used by one thread, or by two
 * of which one waits for the other.
 */
final class HygieneCycle {

    /** The statements of a call that writes; of any other there is one. */
    static final int WRITES = 3;

    private static final int FLAWED_ONE_IN = 25;

    final HygieneEnd end;
    final Expected expected;
    /** Of which message something happens to: the first one is 0. */
    final int at;
    /** What is wrong with the way to the database in this cycle. */
    final HygieneFlaw flaw;
    /** What is sent to bring the end about; empty if nothing is. */
    final String sql;
    /** How many messages were sent. */
    int messages;
    /** Whether that which is to happen has been brought about. */
    boolean isDone;
    /** The backend of the connection that was borrowed last; 0 if none was. */
    int pid;

    private HygieneCycle(HygieneEnd end, Expected expected, int at, HygieneFlaw flaw, String sql) {
        this.end = end;
        this.expected = expected;
        this.at = at;
        this.flaw = flaw;
        this.sql = sql;
    }

    /**
     * A cycle of a call.
     *
     * @param messages how many messages the call sends
     * @param other    an organisation whose row it may want to write
     * @param flaw     what is wrong in one cycle of many
     */
    static HygieneCycle of(HygieneEnd end, Expected expected, int messages, String other, HygieneFlaw flaw,
            SplittableRandom random) {
        int at = random.nextInt(messages);
        if (end == HygieneEnd.WORK_FAILED) {
            at = 0; // later ones carry their COMMIT
        } else if (end == HygieneEnd.KILLED_BETWEEN) {
            at = 1 + random.nextInt(messages - 1);
        }
        boolean isFlawed = random.nextInt(FLAWED_ONE_IN) == 0;
        String sql = end == HygieneEnd.REFUSED ? end.sql().replace("%s", other) : end.sql();
        return new HygieneCycle(end, expected, at, isFlawed ? flaw : HygieneFlaw.NONE, sql);
    }

    /** Of a thread of the store's own, which tells other processes what was written. */
    static HygieneCycle ofTheStore() {
        return new HygieneCycle(HygieneEnd.COMMITTED, Expected.INDEX, 0, HygieneFlaw.NONE, "");
    }

    /** Whether it is the turn of what is to happen, which happens once. */
    boolean isDue() {
        return !isDone && messages == at;
    }

    /**
     * What the database must say.
     *
     * @param who  role, login, organisation and statement timeout
     * @param look the query that asks it, behind each statement and within its transaction
     * @param rows each document that a query without a condition sees
     */
    record Expected(String who, String look, String rows) {

        private static final String STORES_TIMEOUT = "30s";
        private static final String HOSTS_TIMEOUT = "0";
        private static final String WHO = """
                SELECT concat_ws('|', current_user, session_user, coalesce(current_setting('croft.org_id', true), ''),
                  current_setting('statement_timeout')) AS""" + " " + HygienePool.LOOKED + ", ";
        private static final String NOTHING = WHO + "''";
        private static final String DOCUMENTS = WHO + """
                (SELECT coalesce(string_agg(concat_ws(' ', d.org_id, d.id, d.title), '|' ORDER BY d.id), '')
                  FROM croft.document d)""";
        /** An administrator may not read what documents say. */
        private static final String IDS = WHO + """
                (SELECT coalesce(string_agg(concat_ws(' ', d.org_id, d.id), '|' ORDER BY d.id), '')
                  FROM croft.document d)""";

        static final Expected INDEX = new Expected(who("croft_index", "", STORES_TIMEOUT), NOTHING, "");
        static final Expected WORKER = new Expected(who("croft_worker", "", STORES_TIMEOUT), NOTHING, "");
        static final Expected ADMIN = new Expected(who("croft_admin", "", STORES_TIMEOUT), IDS, "");

        /** An organisation's own call. */
        static Expected tenant(String org, String documents) {
            return new Expected(who("croft_app", org, STORES_TIMEOUT), DOCUMENTS, documents);
        }

        /** A host's transaction that has been made an organisation's by the host. */
        static Expected host(String org, String documents) {
            return new Expected(who("croft_app", org, HOSTS_TIMEOUT), DOCUMENTS, documents);
        }

        /** An administrator's call for an organisation. */
        static Expected admin(String org, String ids) {
            return new Expected(who("croft_admin", org, STORES_TIMEOUT), IDS, ids);
        }

        private static String who(String role, String org, String timeout) {
            return String.join("|", role, Database.LOGIN, org, timeout);
        }
    }
}
