package io.croft.pg.tx;

import io.croft.spi.AuditNote;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/** Writes down what administration did, as a step of the transaction that does it. */
public final class AuditSql {

    /** The caller may remember a life that is over: what is there counts, unless nothing is. */
    private static final String ADD = """
            INSERT INTO ${schema}.audit_entry (org_id, incarnation, actor_id, actor_role, request_id, action, subject,
                before, after)
              VALUES (?::text::uuid, coalesce((SELECT o.incarnation FROM ${schema}.org o
                WHERE o.org_id = ?::text::uuid), ?::text::uuid), ?, ?, ?, ?, ?, jsonb_object(?::text[], ?::text[]),
                jsonb_object(?::text[], ?::text[]))
            """;

    private AuditSql() {
    }

    /** Adds the entry; the transaction runs for its organisation, or as an administrator's. */
    public static Tx.Step add(AuditNote note) {
        return new Tx.Step(ADD, p -> {
            String org = note.org().map(Object::toString).orElse(null);
            p.text(org).text(org)
                    .text(note.by().incarnation().map(Object::toString).orElse(null))
                    .text(note.by().actor().id()).text(note.by().actor().role().name())
                    .text(note.by().requestId().orElse(null)).text(note.action()).text(note.subject());
            values(p, note.before());
            values(p, note.after());
        });
    }

    private static void values(Parameters parameters, Map<String, String> values) throws SQLException {
        List<Map.Entry<String, String>> entries = List.copyOf(values.entrySet());
        parameters.texts(entries.stream().map(Map.Entry::getKey).toList())
                .texts(entries.stream().map(Map.Entry::getValue).toList());
    }
}
