package io.croft.benchmarks.tenancy;

import java.util.List;
import java.util.stream.Stream;

/**
 * One change to a schema that would let somebody past row security, or might.
 *
 * @param sql    the change, executed by a superuser
 * @param code   what the audit must call it
 * @param object what it must be found at: part of the object's name
 */
record Sabotage(String sql, String code, String object) {

    /** The login of the application, in {@link #sql}. */
    static final String LOGIN = "${login}";
    /** The database, quoted, in {@link #sql}. */
    static final String DATABASE = "${database}";

    private static final String EVERYBODY_WITHOUT_TENANT =
            "(tenant = COALESCE(NULLIF(current_setting('shop.tenant', true), '')::bigint, tenant))";
    private static final String ORG = "org_id = (SELECT nullif(current_setting('croft.org_id', true), '')::uuid)";

    /** Every one that this version of Postgres knows. */
    static List<Sabotage> all(int majorVersion) {
        return Stream.of(rowSecurity(), policies(), functionsOfPolicies(), grants(majorVersion), surroundings(),
                functions(), roles(majorVersion), ownership(), views(), tables(), keys(), replication(), settings(),
                host()).flatMap(List::stream).toList();
    }

    /** Whether only the probe can find it. */
    boolean needsProbe() {
        return code.startsWith("PROBE_");
    }

    /** The change, for this database. */
    String sql(String login, String database) {
        return sql.replace(LOGIN, login).replace(DATABASE, '"' + database + '"');
    }

    /** Where it must be found, in this database. */
    String object(String login, String database) {
        return object.replace(LOGIN, login).replace(DATABASE, database);
    }

    private static Sabotage of(String code, String object, String sql) {
        return new Sabotage(sql, code, object);
    }

    private static List<Sabotage> rowSecurity() {
        return List.of(
                of("RLS_OFF", "croft.document", "ALTER TABLE croft.document DISABLE ROW LEVEL SECURITY"),
                of("RLS_OFF", "croft.market_chunk", "ALTER TABLE croft.market_chunk DISABLE ROW LEVEL SECURITY"),
                of("RLS_OFF", "croft.job", "ALTER TABLE croft.job DISABLE ROW LEVEL SECURITY"),
                of("RLS_OFF", "croft.secret", "ALTER TABLE croft.secret DISABLE ROW LEVEL SECURITY"),
                of("RLS_NOT_FORCED", "croft.org", "ALTER TABLE croft.org NO FORCE ROW LEVEL SECURITY"),
                of("RLS_NOT_FORCED", "croft.job_history", "ALTER TABLE croft.job_history NO FORCE ROW LEVEL SECURITY"),
                of("RLS_NOT_FORCED", "croft.private_chunk",
                        "ALTER TABLE croft.private_chunk NO FORCE ROW LEVEL SECURITY"),
                of("RLS_OFF", "croft.job_completed_default",
                        "ALTER TABLE croft.job_completed_default DISABLE ROW LEVEL SECURITY"),
                of("RLS_NOT_FORCED", "croft.job_completed_default",
                        "ALTER TABLE croft.job_completed_default NO FORCE ROW LEVEL SECURITY"),
                of("RLS_OFF", "croft.leak", "CREATE TABLE croft.leak (org_id uuid NOT NULL, text text)"));
    }

    private static List<Sabotage> policies() {
        return List.of(
                of("POLICY_PUBLIC", "open ON croft.document", "CREATE POLICY open ON croft.document USING (true)"),
                of("POLICY_TRUE", "open ON croft.document",
                        "CREATE POLICY open ON croft.document TO croft_app USING (true)"),
                of("POLICY_TRUE", "open ON croft.job_completed_default",
                        "CREATE POLICY open ON croft.job_completed_default TO croft_app USING (true)"),
                of("POLICY_UNLISTED", "wide ON croft.document",
                        "CREATE POLICY wide ON croft.document TO croft_app USING (org_id IS NOT NULL)"),
                of("POLICY_UNLISTED", "again ON croft.secret",
                        "CREATE POLICY again ON croft.secret TO croft_app USING (name <> 'x')"),
                of("POLICY_TRUE", "document_tenant ON croft.document",
                        "ALTER POLICY document_tenant ON croft.document USING (true)"),
                of("POLICY_TRUE", "document_tenant ON croft.document",
                        "ALTER POLICY document_tenant ON croft.document WITH CHECK (true)"),
                of("POLICY_TRUE", "job_app_read ON croft.job", "ALTER POLICY job_app_read ON croft.job USING (true)"),
                of("POLICY_CHANGED", "document_tenant ON croft.document",
                        "ALTER POLICY document_tenant ON croft.document TO croft_app, croft_admin, croft_index"),
                of("POLICY_PUBLIC", "document_tenant ON croft.document",
                        "ALTER POLICY document_tenant ON croft.document TO PUBLIC"),
                of("POLICY_CHANGED", "listing_published ON croft.listing",
                        "ALTER POLICY listing_published ON croft.listing TO croft_index, croft_app"),
                of("POLICY_CHANGED", "change_app_add ON croft.change",
                        "ALTER POLICY change_app_add ON croft.change WITH CHECK (org_id IS NOT NULL)"),
                of("POLICY_CHANGED", "job_app_read ON croft.job",
                        "ALTER POLICY job_app_read ON croft.job USING (" + ORG + " OR kind = 'shared')"),
                of("POLICY_CHANGED", "private_chunk_tenant ON croft.private_chunk",
                        "ALTER POLICY private_chunk_tenant ON croft.private_chunk "
                                + "USING (org_id = (SELECT nullif(current_setting('app.org', true), '')::uuid))"),
                of("POLICY_CHANGED", "job_key_app_read ON croft.job_key",
                        "DROP POLICY job_key_app_read ON croft.job_key; CREATE POLICY job_key_app_read ON croft.job_key "
                                + "TO croft_app, croft_admin USING (" + ORG + ")"),
                of("POLICY_MISSING", "document_tenant ON croft.document",
                        "DROP POLICY document_tenant ON croft.document"),
                of("POLICY_NO_CHECK", "market_change_tenant_add ON croft.market_change",
                        "DROP POLICY market_change_tenant_add ON croft.market_change; CREATE POLICY "
                                + "market_change_tenant_add ON croft.market_change FOR INSERT TO croft_app, croft_admin"));
    }

    private static List<Sabotage> functionsOfPolicies() {
        String use = "; ALTER POLICY document_tenant ON croft.document USING (org_id = public.current_org())";
        String body =
                " RETURNS uuid LANGUAGE sql AS $$ SELECT nullif(current_setting('croft.org_id', true), '')::uuid $$";
        return List.of(
                of("POLICY_FUNCTION_IMMUTABLE", "public.current_org()",
                        "CREATE FUNCTION public.current_org()" + body + " IMMUTABLE" + use),
                of("POLICY_FUNCTION_VOLATILE", "public.current_org()",
                        "CREATE FUNCTION public.current_org()" + body + " VOLATILE" + use),
                of("POLICY_FUNCTION_LEAKPROOF", "public.current_org()",
                        "CREATE FUNCTION public.current_org()" + body + " STABLE LEAKPROOF" + use),
                of("POLICY_FUNCTION_PATH", "public.current_org()",
                        "CREATE FUNCTION public.current_org()" + body + " STABLE SECURITY DEFINER" + use));
    }

    private static List<Sabotage> grants(int majorVersion) {
        List<Sabotage> newer = majorVersion < 17
                ? List.of()
                : List.of(
                        of("RIGHT_MAINTAIN", "croft.document", "GRANT MAINTAIN ON croft.document TO croft_app"));
        List<Sabotage> everywhere = List.of(
                of("PUBLIC_GRANT", "croft.document", "GRANT SELECT ON croft.document TO PUBLIC"),
                of("PUBLIC_GRANT", "croft.document", "GRANT SELECT (title) ON croft.document TO PUBLIC"),
                of("RIGHT_TRUNCATE", "croft.document", "GRANT TRUNCATE ON croft.document TO croft_app"),
                of("RIGHT_REFERENCES", "croft.document", "GRANT REFERENCES ON croft.document TO croft_app"),
                of("RIGHT_REFERENCES", "croft.document", "GRANT REFERENCES (id) ON croft.document TO croft_app"),
                of("RIGHT_TRIGGER", "croft.document", "GRANT TRIGGER ON croft.document TO croft_app"),
                of("RIGHT", "croft.document", "GRANT DELETE ON croft.document TO croft_app"),
                of("RIGHT", "croft.document", "GRANT UPDATE ON croft.document TO croft_app"),
                of("RIGHT_COLUMN", "croft.document", "GRANT UPDATE (org_id) ON croft.document TO croft_app"),
                of("RIGHT_COLUMN", "croft.search_text", "GRANT SELECT (text) ON croft.search_text TO croft_admin"),
                of("RIGHT_COLUMN", "croft.listing", "GRANT SELECT (text) ON croft.listing TO croft_index"),
                of("RIGHT_COLUMN", "croft.document", "GRANT SELECT (text) ON croft.document TO croft_admin"),
                of("RIGHT_COLUMN", "croft.job_result", "GRANT SELECT (result) ON croft.job_result TO croft_dispatch"),
                of("RIGHT", "croft.job", "GRANT SELECT ON croft.job TO croft_worker"),
                of("RIGHT", "croft.private_chunk", "GRANT SELECT ON croft.private_chunk TO croft_index"),
                of("RIGHT", "croft.private_chunk", "GRANT SELECT ON croft.private_chunk TO croft_dispatch"),
                of("RIGHT", "croft.lane", "GRANT SELECT ON croft.lane TO croft_app"),
                of("RIGHT", "croft.queue_gate", "GRANT UPDATE ON croft.queue_gate TO croft_app"),
                of("RIGHT", "croft.secret", "GRANT SELECT ON croft.secret TO croft_app"),
                of("RIGHT", "croft.document", "GRANT SELECT ON croft.document TO ${login}"),
                of("RIGHT", "croft.job_completed_default", "GRANT SELECT ON croft.job_completed_default TO croft_app"),
                of("RIGHT", "croft.croft_migrations", "GRANT INSERT ON croft.croft_migrations TO croft_app"),
                of("GRANT_OPTION", "croft.document", "GRANT SELECT ON croft.document TO croft_app WITH GRANT OPTION"),
                of("RIGHT", "croft.job_seq", "GRANT USAGE ON SEQUENCE croft.job_seq TO croft_app"),
                of("PUBLIC_GRANT", "croft.job_seq", "GRANT USAGE ON SEQUENCE croft.job_seq TO PUBLIC"));
        return Stream.of(everywhere, newer).flatMap(List::stream).toList();
    }

    private static List<Sabotage> surroundings() {
        return List.of(
                of("PUBLIC_GRANT", "croft", "GRANT USAGE ON SCHEMA croft TO PUBLIC"),
                of("SCHEMA_CREATE", "croft", "GRANT CREATE ON SCHEMA croft TO croft_app"),
                of("SCHEMA_CREATE", "croft", "GRANT CREATE ON SCHEMA croft TO croft_dispatch"),
                of("RIGHT", "croft", "GRANT USAGE ON SCHEMA croft TO ${login}"),
                of("SCHEMA_CREATE", "public", "GRANT CREATE ON SCHEMA public TO PUBLIC"),
                of("SCHEMA_CREATE", "public", "GRANT CREATE ON SCHEMA public TO croft_worker"),
                of("DATABASE_RIGHT", DATABASE, "GRANT CREATE ON DATABASE ${database} TO PUBLIC"),
                of("DATABASE_RIGHT", DATABASE, "GRANT TEMPORARY ON DATABASE ${database} TO croft_app"),
                of("DEFAULT_PRIVILEGE", "croft_owner IN croft",
                        "ALTER DEFAULT PRIVILEGES FOR ROLE croft_owner IN SCHEMA croft GRANT SELECT ON TABLES TO croft_app"),
                of("DEFAULT_PRIVILEGE", "croft_owner",
                        "ALTER DEFAULT PRIVILEGES FOR ROLE croft_owner GRANT SELECT ON TABLES TO PUBLIC"),
                of("DEFAULT_PRIVILEGE", "croft_dispatch",
                        "ALTER DEFAULT PRIVILEGES FOR ROLE croft_dispatch GRANT EXECUTE ON FUNCTIONS TO croft_app"),
                of("CATALOGUE_READABLE", "pg_statistic", "GRANT SELECT ON pg_catalog.pg_statistic TO croft_app"),
                of("CATALOGUE_READABLE", "pg_authid", "GRANT SELECT ON pg_catalog.pg_authid TO PUBLIC"),
                of("PARAMETER_RIGHT", "session_replication_role",
                        "GRANT SET ON PARAMETER session_replication_role TO croft_app"),
                of("FILE_FUNCTION", "pg_read_file",
                        "GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO croft_app"),
                of("FILE_FUNCTION", "lo_export", "GRANT EXECUTE ON FUNCTION pg_catalog.lo_export(oid, text) TO PUBLIC"),
                of("EVENT_TRIGGER", "spy", "CREATE FUNCTION public.spy() RETURNS event_trigger LANGUAGE plpgsql "
                        + "AS 'BEGIN END'; CREATE EVENT TRIGGER spy ON ddl_command_end EXECUTE FUNCTION public.spy()"));
    }

    private static List<Sabotage> functions() {
        String peek = "() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM croft.document'";
        return List.of(
                of("FUNCTION_PUBLIC", "croft.claim_v1", "GRANT EXECUTE ON FUNCTION croft.claim_v1 TO PUBLIC"),
                of("FUNCTION_RIGHT", "croft.claim_v1", "GRANT EXECUTE ON FUNCTION croft.claim_v1 TO croft_app"),
                of("FUNCTION_RIGHT", "croft.finish_core_v1",
                        "GRANT EXECUTE ON FUNCTION croft.finish_core_v1 TO croft_app"),
                of("FUNCTION_RIGHT", "croft.enqueue_v1",
                        "GRANT EXECUTE ON FUNCTION croft.enqueue_v1 TO croft_app WITH GRANT OPTION"),
                of("FUNCTION_RIGHT", "croft.enqueue_v1", "GRANT EXECUTE ON FUNCTION croft.enqueue_v1 TO ${login}"),
                of("FUNCTION_PATH", "croft.enqueue_v1", "ALTER FUNCTION croft.enqueue_v1 RESET search_path"),
                of("FUNCTION_PATH", "croft.claim_v1", "ALTER FUNCTION croft.claim_v1 SET search_path = public"),
                of("FUNCTION_PATH", "croft.claim_v1",
                        "ALTER FUNCTION croft.claim_v1 SET search_path = pg_temp, pg_catalog"),
                of("FUNCTION_PATH", "croft.maintain_history_v1",
                        "ALTER FUNCTION croft.maintain_history_v1 SET search_path = pg_catalog"),
                of("FUNCTION_ROW_SECURITY", "croft.finish_v1", "ALTER FUNCTION croft.finish_v1 RESET row_security"),
                of("FUNCTION_ROW_SECURITY", "croft.finish_v1", "ALTER FUNCTION croft.finish_v1 SET row_security = off"),
                of("FUNCTION_OWNER", "croft.claim_v1", "ALTER FUNCTION croft.claim_v1 OWNER TO croft_owner"),
                of("FUNCTION_OWNER", "croft.lane_depth_v1", "ALTER FUNCTION croft.lane_depth_v1 OWNER TO CURRENT_USER"),
                of("FUNCTION_SECURITY", "croft.enqueue_v1", "ALTER FUNCTION croft.enqueue_v1 SECURITY INVOKER"),
                of("FUNCTION_SECURITY", "croft.check_org_v1", "ALTER FUNCTION croft.check_org_v1 SECURITY DEFINER"),
                of("FUNCTION_SECURITY", "croft.list_jobs_v1", "ALTER FUNCTION croft.list_jobs_v1 SECURITY DEFINER"),
                of("FUNCTION_VOLATILITY", "croft.check_org_v1", "ALTER FUNCTION croft.check_org_v1 IMMUTABLE"),
                of("FUNCTION_LEAKPROOF", "croft.check_org_v1", "ALTER FUNCTION croft.check_org_v1 LEAKPROOF"),
                of("FUNCTION_SETTING", "croft.lane_depth_v1",
                        "ALTER FUNCTION croft.lane_depth_v1 SET croft.org_id = '00000000-0000-0000-0000-000000000001'"),
                of("FUNCTION_SETTING", "croft.lane_depth_v1",
                        "ALTER FUNCTION croft.lane_depth_v1 SET session_replication_role = replica"),
                of("FUNCTION_BODY", "croft.check_org_v1", "CREATE OR REPLACE FUNCTION croft.check_org_v1(p_org uuid) "
                        + "RETURNS void LANGUAGE plpgsql STABLE AS 'BEGIN END'"),
                of("PROBE_FUNCTION", "croft.lane_depth_v1", "CREATE OR REPLACE FUNCTION croft.check_org_v1(p_org uuid) "
                        + "RETURNS void LANGUAGE plpgsql STABLE AS 'BEGIN END'"),
                of("FUNCTION_UNLISTED", "croft.check_org_v1(text)", "CREATE FUNCTION croft.check_org_v1(p_org text) "
                        + "RETURNS void LANGUAGE plpgsql STABLE AS 'BEGIN END'"),
                of("FUNCTION_UNLISTED", "croft.peek()", "CREATE FUNCTION croft.peek" + peek),
                of("FUNCTION_LEAKPROOF", "public.spy(jsonb)", "CREATE FUNCTION public.spy(jsonb) RETURNS boolean "
                        + "LANGUAGE plpgsql LEAKPROOF COST 0.0001 "
                        + "AS $$ BEGIN RAISE NOTICE '%', $1; RETURN true; END $$"),
                of("FUNCTION_LEAKPROOF", "jsonb_contains(jsonb,jsonb)",
                        "ALTER FUNCTION pg_catalog.jsonb_contains(jsonb, jsonb) LEAKPROOF"),
                of("DEFINER_ELSEWHERE", "public.peek()", "CREATE FUNCTION public.peek" + peek),
                of("DEFINER_ELSEWHERE", "public.peek()", "CREATE FUNCTION public.peek" + peek
                        + "; ALTER FUNCTION public.peek() OWNER TO croft_dispatch"));
    }

    private static List<Sabotage> roles(int majorVersion) {
        String inherit =
                majorVersion >= 16 ? "GRANT croft_app TO ${login} WITH INHERIT TRUE" : "ALTER ROLE ${login} INHERIT";
        return List.of(
                of("ROLE_ATTRIBUTE", "croft_app", "ALTER ROLE croft_app BYPASSRLS"),
                of("ROLE_ATTRIBUTE", "croft_app", "ALTER ROLE croft_app SUPERUSER"),
                of("ROLE_ATTRIBUTE", "croft_app", "ALTER ROLE croft_app LOGIN"),
                of("ROLE_ATTRIBUTE", "croft_app", "ALTER ROLE croft_app CREATEROLE"),
                of("ROLE_ATTRIBUTE", "croft_worker", "ALTER ROLE croft_worker REPLICATION"),
                of("ROLE_ATTRIBUTE", "croft_owner", "ALTER ROLE croft_owner INHERIT"),
                of("ROLE_ATTRIBUTE", "croft_dispatch", "ALTER ROLE croft_dispatch BYPASSRLS"),
                of("ROLE_ATTRIBUTE", "croft_index", "ALTER ROLE croft_index BYPASSRLS"),
                of("ROLE_ATTRIBUTE", "${login}", "ALTER ROLE ${login} BYPASSRLS"),
                of("ROLE_ATTRIBUTE", "${login}", "ALTER ROLE ${login} SUPERUSER"),
                of("ROLE_ATTRIBUTE", "${login}", "ALTER ROLE ${login} CREATEROLE"),
                of("ROLE_ATTRIBUTE", "${login}", "ALTER ROLE ${login} REPLICATION"),
                of("ROLE_MEMBER", "croft_app", "GRANT pg_read_all_data TO croft_app"),
                of("ROLE_MEMBER", "croft_app", "GRANT croft_admin TO croft_app"),
                of("ROLE_MEMBER", "croft_app", "GRANT croft_owner TO croft_app"),
                of("ROLE_MEMBER", "croft_index", "GRANT croft_app TO croft_index"),
                of("ROLE_MEMBER", "croft_worker", "CREATE ROLE croft_mid; GRANT croft_mid TO croft_worker"),
                of("ROLE_REACHES", "${login}", "GRANT pg_write_server_files TO ${login}"),
                of("ROLE_REACHES", "${login}",
                        "CREATE ROLE croft_mid; GRANT pg_execute_server_program TO croft_mid; GRANT croft_mid TO ${login}"),
                of("ROLE_REACHES", "${login}", "CREATE ROLE croft_mid BYPASSRLS; GRANT croft_mid TO ${login}"),
                of("ROLE_REACHES", "croft_app", "CREATE ROLE croft_top SUPERUSER; CREATE ROLE croft_mid; "
                        + "GRANT croft_top TO croft_mid; GRANT croft_mid TO croft_app"),
                of("MEMBER_UNLISTED", "croft_stranger",
                        "CREATE ROLE croft_stranger LOGIN; GRANT croft_app TO croft_stranger"),
                of("MEMBER_UNLISTED", "croft_stranger",
                        "CREATE ROLE croft_stranger; GRANT croft_admin TO croft_stranger"),
                of("MEMBER_UNLISTED", "${login}", "GRANT croft_dispatch TO ${login}"),
                of("ROLE_ADMIN_OPTION", "${login}", "GRANT croft_app TO ${login} WITH ADMIN OPTION"),
                of("LOGIN_INHERITS", "${login}", inherit));
    }

    private static List<Sabotage> ownership() {
        return List.of(
                of("OWNER", "croft.document", "ALTER TABLE croft.document OWNER TO croft_app"),
                of("ROLE_OWNS", "croft_app", "ALTER TABLE croft.document OWNER TO croft_app"),
                of("OWNER", "croft.job_completed_default", "ALTER TABLE croft.job_completed_default OWNER TO ${login}"),
                of("OWNER", "croft.job_seq", "ALTER SEQUENCE croft.job_seq OWNER TO ${login}"),
                of("OWNER", "croft", "ALTER SCHEMA croft OWNER TO ${login}"),
                of("ROLE_OWNS", "croft_app", "ALTER DATABASE ${database} OWNER TO croft_app"),
                of("ROLE_OWNS", "croft_worker", "CREATE SCHEMA own AUTHORIZATION croft_worker"),
                of("ROLE_OWNS", "croft_dispatch", "ALTER TABLE croft.lane OWNER TO croft_dispatch"));
    }

    private static List<Sabotage> views() {
        return List.of(
                of("VIEW_OWNER_RIGHTS", "public.everything", "CREATE VIEW public.everything AS TABLE croft.document"),
                of("VIEW_OWNER_RIGHTS", "croft.everything",
                        "CREATE VIEW croft.everything AS SELECT org_id, id, title FROM "
                                + "croft.document; GRANT SELECT ON croft.everything TO croft_app"),
                of("PROBE_READ", "croft.everything", "CREATE VIEW croft.everything AS SELECT org_id, id, title FROM "
                        + "croft.document; GRANT SELECT ON croft.everything TO croft_app"),
                of("VIEW_OWNER_RIGHTS", "public.above",
                        "CREATE VIEW public.below WITH (security_invoker = true) AS TABLE "
                                + "croft.document; CREATE VIEW public.above AS TABLE public.below"),
                of("MATERIALIZED_VIEW", "public.kept",
                        "CREATE MATERIALIZED VIEW public.kept AS SELECT id FROM croft.job"),
                of("RULE", "double ON croft.document",
                        "CREATE RULE double AS ON UPDATE TO croft.document DO ALSO SELECT 1"),
                of("RULE", "through ON public.door",
                        "CREATE TABLE public.door (id text); CREATE RULE through AS ON INSERT "
                                + "TO public.door DO INSTEAD DELETE FROM croft.document"),
                of("TRIGGER", "spy ON croft.document",
                        "CREATE FUNCTION public.spy() RETURNS trigger LANGUAGE plpgsql AS "
                                + "'BEGIN RETURN NEW; END'; CREATE TRIGGER spy BEFORE INSERT ON croft.document FOR EACH ROW "
                                + "EXECUTE FUNCTION public.spy()"),
                of("EXPRESSION_FUNCTION", "croft.document",
                        "CREATE FUNCTION public.note(text) RETURNS boolean LANGUAGE sql "
                                + "AS 'SELECT true'; ALTER TABLE croft.document ADD CHECK (public.note(text))"),
                of("EXPRESSION_FUNCTION", "croft.job",
                        "CREATE FUNCTION public.note(jsonb) RETURNS text IMMUTABLE LANGUAGE "
                                + "sql AS $$ SELECT $1::text $$; CREATE INDEX job_note ON croft.job (org_id, public.note(payload))"),
                of("TRIGGER_DISABLED", "croft.private_chunk", "ALTER TABLE croft.private_chunk DISABLE TRIGGER ALL"));
    }

    private static List<Sabotage> tables() {
        return List.of(
                of("TABLE_UNLISTED", "croft.copied", "CREATE TABLE croft.copied AS SELECT text FROM croft.document"),
                of("TABLE_MISSING", "croft.document", "ALTER TABLE croft.document SET SCHEMA public"),
                of("PARTITION_ELSEWHERE", "public.part",
                        "CREATE TABLE public.part PARTITION OF croft.job_completed FOR "
                                + "VALUES FROM ('2099-01-01') TO ('2099-01-02')"),
                of("RLS_OFF", "croft.part", "CREATE TABLE croft.part PARTITION OF croft.job_completed FOR VALUES FROM "
                        + "('2099-01-01') TO ('2099-01-02')"),
                of("PARENT_ELSEWHERE", "croft.document",
                        "CREATE TABLE public.every (id text COLLATE \"C\" NOT NULL); ALTER "
                                + "TABLE croft.document INHERIT public.every"),
                of("CHILD_ELSEWHERE", "public.kid", "CREATE TABLE public.kid () INHERITS (croft.document)"),
                of("ORG_NULLABLE", "croft.search_hour",
                        "ALTER TABLE croft.search_hour DROP CONSTRAINT search_hour_pkey; "
                                + "ALTER TABLE croft.search_hour ALTER COLUMN org_id DROP NOT NULL"),
                of("ORG_DEFAULT", "croft.document", "ALTER TABLE croft.document ALTER COLUMN org_id SET DEFAULT "
                        + "'00000000-0000-0000-0000-000000000001'"),
                of("ORG_MISSING", "croft.job_wait", "ALTER TABLE croft.job_wait RENAME COLUMN org_id TO whose"),
                of("INDEX_NOT_LEAKPROOF", "croft.document_mood",
                        "CREATE TYPE public.mood AS ENUM ('good'); ALTER TABLE "
                                + "croft.document ADD COLUMN mood public.mood; CREATE INDEX document_mood ON croft.document "
                                + "(org_id, mood)"),
                of("OBJECT_UNLISTED", "croft.label", "CREATE TYPE croft.label AS (a text)"),
                of("OBJECT_UNLISTED", "croft.code", "CREATE DOMAIN croft.code AS text"),
                of("OBJECT_UNLISTED", "===", "CREATE OPERATOR croft.=== (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = "
                        + "pg_catalog.uuid_ne)"));
    }

    private static List<Sabotage> keys() {
        return List.of(
                of("KEY_WITHOUT_ORG", "croft.probe", "CREATE UNIQUE INDEX probe ON croft.document (id)"),
                of("KEY_WITHOUT_ORG", "croft.probe", "CREATE UNIQUE INDEX probe ON croft.job_key (key, org_id)"),
                of("KEY_WITHOUT_ORG", "croft.probe", "CREATE UNIQUE INDEX probe ON croft.document (lower(id), org_id)"),
                of("KEY_WITHOUT_ORG", "croft.job_key_pkey",
                        "ALTER TABLE croft.job_key DROP CONSTRAINT job_key_pkey; ALTER "
                                + "TABLE croft.job_key ADD CONSTRAINT job_key_pkey PRIMARY KEY (key)"),
                of("FOREIGN_KEY_WITHOUT_ORG", "croft.document",
                        "CREATE TABLE public.known (id bigint PRIMARY KEY); ALTER "
                                + "TABLE croft.document ADD FOREIGN KEY (job_id) REFERENCES public.known"),
                of("FOREIGN_KEY_WITHOUT_ORG", "public.pointer",
                        "CREATE UNIQUE INDEX probe ON croft.document (id); CREATE "
                                + "TABLE public.pointer (id text REFERENCES croft.document (id))"));
    }

    private static List<Sabotage> replication() {
        return List.of(
                of("PUBLICATION", "leak", "CREATE PUBLICATION leak FOR TABLE croft.document"),
                of("PUBLICATION", "leak", "CREATE PUBLICATION leak FOR ALL TABLES"),
                of("PUBLICATION", "leak", "CREATE PUBLICATION leak FOR TABLES IN SCHEMA croft"),
                of("FOREIGN_SERVER", "wrapper",
                        "CREATE FOREIGN DATA WRAPPER wrapper; GRANT USAGE ON FOREIGN DATA WRAPPER "
                                + "wrapper TO croft_app"),
                of("FOREIGN_SERVER", "loop",
                        "CREATE FOREIGN DATA WRAPPER wrapper; CREATE SERVER loop FOREIGN DATA WRAPPER "
                                + "wrapper; GRANT USAGE ON FOREIGN SERVER loop TO PUBLIC"),
                of("FOREIGN_TABLE", "croft.far", "CREATE FOREIGN DATA WRAPPER wrapper; CREATE SERVER loop FOREIGN DATA "
                        + "WRAPPER wrapper; CREATE FOREIGN TABLE croft.far (org_id uuid) SERVER loop"),
                of("EXTENSION", "dblink", "CREATE EXTENSION dblink SCHEMA public"));
    }

    private static List<Sabotage> settings() {
        return List.of(
                of("SETTING", "${login}", "ALTER ROLE ${login} SET row_security = off"),
                of("SETTING", "${login}", "ALTER ROLE ${login} SET session_replication_role = replica"),
                of("SETTING", DATABASE, "ALTER DATABASE ${database} SET row_security = off"),
                of("SETTING", DATABASE, "ALTER DATABASE ${database} SET session_replication_role = replica"),
                of("SETTING", "${login}",
                        "ALTER ROLE ${login} SET croft.org_id = '00000000-0000-0000-0000-000000000001'"),
                of("SETTING", "${login}",
                        "ALTER ROLE ${login} IN DATABASE ${database} SET search_path = public, pg_catalog"),
                of("SETTING", "${login}", "ALTER ROLE ${login} SET role = croft_admin"),
                of("SETTING", "ALL", "ALTER ROLE ALL SET croft.org_id = '00000000-0000-0000-0000-000000000001'"));
    }

    /** What is done to a table of the host: {@link SabotageProof} makes it. */
    private static List<Sabotage> host() {
        return List.of(
                of("RLS_OFF", "shop.orders", "ALTER TABLE shop.orders DISABLE ROW LEVEL SECURITY"),
                of("RLS_NOT_FORCED", "shop.orders", "ALTER TABLE shop.orders NO FORCE ROW LEVEL SECURITY"),
                of("POLICY_TRUE", "orders_tenant ON shop.orders",
                        "ALTER POLICY orders_tenant ON shop.orders USING (true)"),
                of("POLICY_TRUE", "open ON shop.orders",
                        "CREATE POLICY open ON shop.orders FOR INSERT TO shop_app WITH CHECK (true)"),
                of("PROBE_WRITE", "shop.orders",
                        "CREATE POLICY open ON shop.orders FOR INSERT TO shop_app WITH CHECK (true)"),
                of("POLICY_ORG", "orders_tenant ON shop.orders",
                        "ALTER POLICY orders_tenant ON shop.orders USING (tenant = "
                                + "(SELECT nullif(current_setting('shop.tenant', true), '')::bigint) OR number = 'public')"),
                of("PROBE_READ", "shop.orders", "ALTER POLICY orders_tenant ON shop.orders USING (tenant = "
                        + "(SELECT nullif(current_setting('shop.tenant', true), '')::bigint) OR number = 'seed')"),
                of("POLICY_ORG", "orders_tenant ON shop.orders",
                        "ALTER POLICY orders_tenant ON shop.orders USING (tenant = "
                                + "(SELECT nullif(current_setting('shop.user', true), '')::bigint))"),
                of("POLICY_ORG", "orders_tenant ON shop.orders", "ALTER POLICY orders_tenant ON shop.orders USING "
                        + EVERYBODY_WITHOUT_TENANT),
                of("PROBE_NO_CONTEXT", "shop.orders", "ALTER POLICY orders_tenant ON shop.orders USING "
                        + EVERYBODY_WITHOUT_TENANT),
                of("POLICY_ORG", "orders_tenant ON shop.orders", "CREATE FUNCTION shop.current_tenant() RETURNS bigint "
                        + "STABLE LANGUAGE sql "
                        + "AS $$ SELECT nullif(current_setting('shop.tenant', true), '')::bigint $$; "
                        + "ALTER POLICY orders_tenant ON shop.orders USING (tenant = tenant) "
                        + "WITH CHECK (tenant = shop.current_tenant())"),
                of("PROBE_WRITE", "shop.orders", "CREATE POLICY open ON shop.orders FOR INSERT TO shop_app WITH CHECK "
                        + "(nullif(current_setting('shop.tenant', true), '') IS NULL)"),
                of("DEFINER_ELSEWHERE", "public.report()", "CREATE ROLE shop_reports; "
                        + "CREATE POLICY reports ON shop.orders TO shop_reports USING (true); "
                        + "GRANT USAGE ON SCHEMA shop TO shop_reports; GRANT SELECT ON "
                        + "shop.orders TO shop_reports; CREATE FUNCTION public.report() RETURNS bigint LANGUAGE sql "
                        + "SECURITY DEFINER AS 'SELECT count(*) FROM shop.orders'; "
                        + "ALTER FUNCTION public.report() OWNER TO shop_reports"),
                of("FILE_FUNCTION", "pg_read_file",
                        "GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO shop_jobs"),
                of("CATALOGUE_READABLE", "pg_statistic", "GRANT SELECT ON pg_catalog.pg_statistic TO shop_jobs"),
                of("FOREIGN_SERVER", "wrapper", "CREATE FOREIGN DATA WRAPPER wrapper; GRANT USAGE ON FOREIGN DATA "
                        + "WRAPPER wrapper TO shop_jobs"),
                of("SETTING", "shop_jobs",
                        "ALTER ROLE shop_jobs SET croft.org_id = '00000000-0000-0000-0000-000000000001'"),
                of("PUBLIC_GRANT", "shop.orders", "GRANT SELECT ON shop.orders TO PUBLIC"),
                of("RIGHT_TRUNCATE", "shop.orders", "GRANT TRUNCATE ON shop.orders TO shop_app"),
                of("KEY_WITHOUT_ORG", "shop.probe", "CREATE UNIQUE INDEX probe ON shop.orders (number)"),
                of("ORG_NULLABLE", "shop.orders", "ALTER TABLE shop.orders DROP CONSTRAINT orders_pkey; ALTER TABLE "
                        + "shop.orders ALTER COLUMN tenant DROP NOT NULL"),
                of("OWNER", "shop.orders", "ALTER TABLE shop.orders OWNER TO shop_app"),
                of("ROLE_ATTRIBUTE", "shop_app", "ALTER ROLE shop_app BYPASSRLS"),
                of("ROLE_REACHES", "shop_app", "GRANT pg_read_all_data TO shop_app"),
                of("VIEW_OWNER_RIGHTS", "shop.report", "CREATE VIEW shop.report AS TABLE shop.orders"),
                of("TRIGGER", "spy ON shop.orders",
                        "CREATE FUNCTION shop.spy() RETURNS trigger LANGUAGE plpgsql SECURITY "
                                + "DEFINER AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER spy AFTER INSERT ON shop.orders FOR EACH ROW "
                                + "EXECUTE FUNCTION shop.spy()"),
                of("PUBLICATION", "leak", "CREATE PUBLICATION leak FOR TABLE shop.orders"),
                of("SETTING", "shop_app", "ALTER ROLE shop_app SET shop.tenant = '7'"));
    }
}
