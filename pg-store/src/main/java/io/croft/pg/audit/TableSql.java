package io.croft.pg.audit;

import java.util.List;

/** Checks of tables: row security, the organisation's column, keys, partitions, triggers, rules and views. */
final class TableSql {

    static final String ROW_SECURITY = CatalogueSql.PRELUDE + """
            SELECT 'RLS_OFF', a.name, 'row security is not enabled',
              format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', a.name)
            FROM audited a WHERE a.kind IN ('tenant', 'guarded') AND a.relkind <> 'f' AND NOT a.relrowsecurity
            UNION ALL
            SELECT 'RLS_NOT_FORCED', a.name, 'row security does not bind its owner',
              format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', a.name)
            FROM audited a WHERE a.kind IN ('tenant', 'guarded') AND a.relkind <> 'f' AND NOT a.relforcerowsecurity
            """;

    static final String STRANGERS = CatalogueSql.PRELUDE + """
            SELECT 'TABLE_UNLISTED', a.name, 'no table of this release', NULL
            FROM nsp JOIN audited a ON a.relnamespace = nsp.oid WHERE a.own AND NOT a.listed
            UNION ALL
            SELECT 'TABLE_MISSING', format('%I.%I', nsp.name, l.w[2]), 'the table is not there', NULL
            FROM nsp JOIN line l ON l.w[1] = 'table' AND NOT EXISTS (
              SELECT FROM rel r WHERE r.relnamespace = nsp.oid AND r.relname = l.w[2])
            UNION ALL
            SELECT 'FOREIGN_TABLE', a.name, 'a foreign table has no row security',
              format('DROP FOREIGN TABLE %s', a.name)
            FROM audited a WHERE a.relkind = 'f'
            UNION ALL
            SELECT 'PARTITION_ELSEWHERE', a.name, format('a partition of %s outside its schema', a.root::regclass),
              (SELECT format('ALTER TABLE %s DETACH PARTITION %s', i.inhparent::regclass, a.name) FROM pg_inherits i
                WHERE i.inhrelid = a.oid)
            FROM nsp JOIN audited a ON a.relnamespace <> nsp.oid WHERE a.own
            UNION ALL
            SELECT 'PARTITION_OWNER', a.name,
              format('owned by %s, its table by %s', a.relowner::regrole, t.relowner::regrole),
              format('ALTER TABLE %s OWNER TO %s', a.name, t.relowner::regrole)
            FROM audited a JOIN pg_class t ON t.oid = a.root WHERE t.relowner <> a.relowner
            UNION ALL
            SELECT 'PARENT_ELSEWHERE', a.name,
              format('whoever may read %s reads it past its own policies', i.inhparent::regclass),
              CASE WHEN k.relispartition
                THEN format('ALTER TABLE %s DETACH PARTITION %s', i.inhparent::regclass, a.name)
                ELSE format('ALTER TABLE %s NO INHERIT %s', a.name, i.inhparent::regclass) END
            FROM audited a JOIN pg_class k ON k.oid = a.oid JOIN pg_inherits i ON i.inhrelid = a.oid
            WHERE NOT EXISTS (SELECT FROM audited p WHERE p.oid = i.inhparent)
            UNION ALL
            SELECT 'CHILD_ELSEWHERE', i.inhrelid::regclass::text,
              format('inherits from %s, and is none of the tables that are audited', a.name),
              format('ALTER TABLE %s NO INHERIT %s', i.inhrelid::regclass, a.name)
            FROM audited a JOIN pg_inherits i ON i.inhparent = a.oid
            WHERE NOT EXISTS (SELECT FROM audited p WHERE p.oid = i.inhrelid)
            """;

    static final String ORG_COLUMN = CatalogueSql.PRELUDE + """
            SELECT 'ORG_MISSING', a.name, format('has no column %I', a.org), NULL
            FROM audited a WHERE a.kind = 'tenant' AND a.orgatt IS NULL
            UNION ALL
            SELECT 'ORG_NULLABLE', a.name, format('%I may be null: such a row belongs to nobody', a.org),
              format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', a.name, a.org)
            FROM audited a JOIN pg_attribute t ON t.attrelid = a.oid AND t.attnum = a.orgatt
            WHERE a.kind = 'tenant' AND NOT t.attnotnull
              AND NOT (a.own AND EXISTS (SELECT FROM line l WHERE l.w[1] = 'nullable' AND l.w[2] = a.relname))
            UNION ALL
            SELECT 'ORG_DEFAULT', a.name, format('%I has a default: a row that names no organisation gets one', a.org),
              format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT', a.name, a.org)
            FROM audited a JOIN pg_attrdef f ON f.adrelid = a.oid AND f.adnum = a.orgatt
            WHERE a.kind = 'tenant' AND (a.own OR pg_get_expr(f.adbin, f.adrelid) !~ 'current_setting')
            """;

    /** Keys by which one organisation could probe for what another has; a uuid alone is not guessed. */
    static final String KEYS = CatalogueSql.PRELUDE + """
            SELECT 'KEY_WITHOUT_ORG', i.indexrelid::regclass::text,
              format('the unique key of %s does not begin with %I', a.name, a.org), NULL
            FROM audited a JOIN pg_index i ON i.indrelid = a.oid JOIN pg_class x ON x.oid = i.indexrelid
            WHERE a.kind = 'tenant' AND (i.indisunique OR i.indisexclusion) AND i.indkey[0] IS DISTINCT FROM a.orgatt
              AND NOT (a.own AND EXISTS (SELECT FROM line l WHERE l.w[1] = 'key' AND l.w[2] = x.relname))
              AND NOT (NOT a.own AND i.indnkeyatts = 1 AND EXISTS (SELECT FROM pg_attribute t
                WHERE t.attrelid = a.oid AND t.attnum = i.indkey[0] AND t.atttypid = 'uuid'::regtype))
            UNION ALL
            SELECT 'FOREIGN_KEY_WITHOUT_ORG', format('%I ON %s', f.conname, f.conrelid::regclass),
              format('does not begin with the organisation on both sides, so a row may point to another''s: %s',
                pg_get_constraintdef(f.oid)),
              format('ALTER TABLE %s DROP CONSTRAINT %I', f.conrelid::regclass, f.conname)
            FROM pg_constraint f LEFT JOIN audited a ON a.oid = f.conrelid LEFT JOIN audited b ON b.oid = f.confrelid
            WHERE f.contype = 'f' AND (
              b.kind = 'tenant' AND f.confkey[1] IS DISTINCT FROM b.orgatt
              OR a.kind = 'tenant' AND f.conkey[1] IS DISTINCT FROM a.orgatt AND (a.own OR b.kind = 'tenant'))
            """;

    /** Row security lets only leakproof operators use an index; behind one that is, others do no harm. */
    static final String INDEXES = CatalogueSql.PRELUDE + """
            SELECT DISTINCT 'INDEX_NOT_LEAKPROOF', i.indexrelid::regclass::text,
              format('the operators of column %s, of %s, are not leakproof: under row security no tenant''s statement'
                ' can use it', k.n, format_type(oc.opcintype, NULL)), NULL
            FROM audited a JOIN pg_index i ON i.indrelid = a.oid
              CROSS JOIN LATERAL unnest(i.indclass::oid[]) WITH ORDINALITY k (opclass, n)
              JOIN pg_opclass oc ON oc.oid = k.opclass JOIN pg_am m ON m.oid = oc.opcmethod
              JOIN pg_amop o ON o.amopfamily = oc.opcfamily AND o.amoplefttype = oc.opcintype
                AND o.amoprighttype = oc.opcintype AND o.amoppurpose = 's'
              JOIN pg_operator p ON p.oid = o.amopopr JOIN pg_proc f ON f.oid = p.oprcode
            WHERE a.kind = 'tenant' AND (a.own OR m.amname = 'btree' AND k.n = 1) AND NOT f.proleakproof
            """;

    static final String TRIGGERS = CatalogueSql.PRELUDE + """
            SELECT 'TRIGGER', format('%I ON %s', t.tgname, a.name),
              format('sees every row that is written, and executes %s', t.tgfoid::regprocedure),
              format('DROP TRIGGER %I ON %s', t.tgname, a.name)
            FROM audited a JOIN pg_trigger t ON t.tgrelid = a.oid JOIN pg_proc f ON f.oid = t.tgfoid
            WHERE NOT t.tgisinternal AND (a.own OR (f.prosecdef AND NOT EXISTS (
              SELECT FROM unnest(f.proconfig) s WHERE s ~ '^search_path=.*pg_temp"?$')))
            UNION ALL
            SELECT DISTINCT 'TRIGGER_DISABLED', a.name, 'its foreign keys are not checked',
              format('ALTER TABLE %s ENABLE TRIGGER ALL', a.name)
            FROM audited a JOIN pg_trigger t ON t.tgrelid = a.oid
            WHERE a.own AND t.tgisinternal AND t.tgenabled IN ('D', 'R')
            UNION ALL
            SELECT 'EVENT_TRIGGER', e.evtname::text,
              format('executes %s with the rights of whoever changes a schema, migrations too',
                e.evtfoid::regprocedure),
              format('ALTER EVENT TRIGGER %I DISABLE', e.evtname)
            FROM pg_event_trigger e WHERE e.evtenabled <> 'D'
            """;

    /** Functions that get to see every row, because a constraint, a default or an index calls them. */
    static final String EXPRESSIONS = CatalogueSql.PRELUDE + """
            SELECT DISTINCT 'EXPRESSION_FUNCTION', a.name,
              format('%s calls %s', pg_describe_object(d.classid, d.objid, d.objsubid), f.oid::regprocedure), NULL
            FROM pg_depend d JOIN pg_proc f ON d.refclassid = 'pg_proc'::regclass AND f.oid = d.refobjid
              LEFT JOIN pg_constraint c ON d.classid = 'pg_constraint'::regclass AND c.oid = d.objid
              LEFT JOIN pg_attrdef t ON d.classid = 'pg_attrdef'::regclass AND t.oid = d.objid
              LEFT JOIN pg_index i ON d.classid = 'pg_class'::regclass AND i.indexrelid = d.objid
              JOIN audited a ON a.oid IN (c.conrelid, t.adrelid, i.indrelid)
            WHERE a.own
            """;

    static final String VIEWS = CatalogueSql.PRELUDE + """
            SELECT DISTINCT CASE k.relkind WHEN 'v' THEN 'VIEW_OWNER_RIGHTS' WHEN 'm' THEN 'MATERIALIZED_VIEW'
                ELSE 'RULE' END,
              CASE WHEN k.relkind IN ('v', 'm') THEN k.oid::regclass::text
                ELSE format('%I ON %s', w.rulename, k.oid::regclass) END,
              CASE k.relkind WHEN 'v' THEN 'reads with the rights of its owner, ' || k.relowner::regrole::text
                WHEN 'm' THEN 'keeps rows of all organisations, and cannot have row security'
                ELSE 'touches tenants'' rows with the rights of the owner, ' || k.relowner::regrole::text END,
              CASE k.relkind WHEN 'v' THEN format('ALTER VIEW %s SET (security_invoker = true)', k.oid::regclass)
                WHEN 'm' THEN format('DROP MATERIALIZED VIEW %s', k.oid::regclass)
                ELSE format('DROP RULE %I ON %s', w.rulename, k.oid::regclass) END
            FROM dependent d JOIN pg_class k ON k.oid = d.oid JOIN pg_rewrite w ON w.oid = d.rule
            WHERE k.relkind IN ('m', 'r', 'p') OR k.relkind = 'v' AND NOT EXISTS (
              SELECT FROM unnest(k.reloptions) o WHERE o ~ '^security_invoker=(true|on|yes|1)$')
            UNION
            SELECT 'RULE', format('%I ON %s', w.rulename, a.name), 'rewrites the statements on it',
              format('DROP RULE %I ON %s', w.rulename, a.name)
            FROM audited a JOIN pg_rewrite w ON w.ev_class = a.oid
            """;

    static final List<String> ALL = List.of(ROW_SECURITY, STRANGERS, ORG_COLUMN, KEYS, INDEXES, TRIGGERS, EXPRESSIONS,
            VIEWS);

    private TableSql() {
    }
}
