package io.croft.pg;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Migrations only expand, but for those that say what they take away and that all may do without. */
class MigrationLintTest {

    private static final Path CHANGELOG = Path.of("../CHANGELOG.md");
    private static final String NEXT = "V900__next.sql";

    /** Each of them would break processes of the release before, beside the reason that is to be told. */
    private static final Map<String, String> BAD = Map.ofEntries(
            Map.entry("DROP TABLE ${schema}.search_text;", "takes something away"),
            Map.entry("DROP INDEX ${schema}.job_dead;", "takes something away"),
            Map.entry("DROP FUNCTION ${schema}.claim_v1;", "takes something away"),
            Map.entry("DROP POLICY job_app ON ${schema}.job;", "takes something away"),
            Map.entry("drop schema ${schema} cascade;", "takes something away"),
            Map.entry("/* of old */ DROP/**/TABLE ${schema}.search_text;", "takes something away"),
            Map.entry("TRUNCATE ${schema}.search_text;", "takes something away"),
            Map.entry("DELETE FROM ${schema}.search_text WHERE count = 0;", "takes something away"),
            Map.entry("WITH gone AS (DELETE FROM ${schema}.search_text RETURNING 1) SELECT count(*) FROM gone;",
                    "takes something away"),
            Map.entry("DO $$ BEGIN EXECUTE 'DROP TABLE x'; END $$;", "takes something away"),
            Map.entry("SELECT ${schema}.drop_days_v1('job_completed', now());", "takes something away"),
            Map.entry("ALTER TABLE ${schema}.document DROP COLUMN title;", "takes something away"),
            Map.entry("ALTER TABLE ONLY ${schema}.document ADD COLUMN a int, DROP COLUMN title;",
                    "takes something away"),
            Map.entry("ALTER TABLE ${schema}.document RENAME COLUMN title TO name;", "takes something away"),
            Map.entry("ALTER TABLE ${schema}.document RENAME TO text;", "takes something away"),
            Map.entry("ALTER TABLE ${schema}.document ALTER COLUMN revision TYPE int;", "takes something away"),
            Map.entry("ALTER TABLE ${schema}.document ALTER COLUMN job_id SET NOT NULL;", "takes something away"),
            Map.entry("ALTER TABLE ${schema}.document ALTER title DROP NOT NULL;", "takes something away"),
            Map.entry("ALTER TABLE ${schema}.org ALTER COLUMN state DROP DEFAULT;", "takes something away"),
            Map.entry("ALTER TABLE ${schema}.document ADD COLUMN author text NOT NULL;", "do not give it"),
            Map.entry("ALTER TABLE ${schema}.document ADD COLUMN slug text UNIQUE;", "may write what it refuses"),
            Map.entry("ALTER TABLE ${schema}.search_text ADD COLUMN number bigint PRIMARY KEY;",
                    "may write what it refuses"),
            Map.entry("ALTER TABLE ${schema}.document ADD COLUMN a int, ADD COLUMN pages int CHECK (pages > 0);",
                    "may write what it refuses"),
            Map.entry("ALTER TABLE ${schema}.document ADD COLUMN parent uuid REFERENCES ${schema}.org (org_id);",
                    "may write what it refuses"),
            Map.entry("ALTER TABLE ${schema}.document ADD CHECK (revision < 100);", "takes something away"),
            Map.entry("ALTER TABLE ${schema}.document ADD CONSTRAINT one UNIQUE (title);", "takes something away"),
            Map.entry("ALTER TABLE ${schema}.job ADD FOREIGN KEY (org_id) REFERENCES ${schema}.org;",
                    "takes something away"),
            Map.entry("ALTER TABLE ${schema}.org DROP CONSTRAINT org_state_check;", "old ones do not know"),
            Map.entry("""
                    ALTER TABLE ${schema}.org DROP CONSTRAINT org_state_check;
                    ALTER TABLE ${schema}.org ADD CONSTRAINT org_state_check CHECK (state IN ('ACTIVE', 'ERASING'));
                    """, "may write what it refuses"),
            Map.entry("ALTER TABLE ${schema}.org ADD CONSTRAINT org_days CHECK (state IN ('ACTIVE'));",
                    "may write what it refuses"),
            Map.entry("ALTER TABLE ${schema}.queue ENABLE ROW LEVEL SECURITY;", "takes something away"),
            Map.entry("ALTER TABLE ${schema}.queue FORCE ROW LEVEL SECURITY;", "see less"),
            Map.entry("ALTER TABLE ${schema}.document NO FORCE ROW LEVEL SECURITY;", "nothing forces it again"),
            Map.entry("ALTER TABLE ${schema}.document DISABLE ROW LEVEL SECURITY;", "takes something away"),
            Map.entry("ALTER TABLE ${schema}.document OWNER TO ${schema}_admin;", "takes something away"),
            Map.entry("ALTER POLICY org_app ON ${schema}.org USING (false);", "takes something away"),
            Map.entry("CREATE POLICY less ON ${schema}.document AS RESTRICTIVE USING (NOT deleted);", "see less"),
            Map.entry("CREATE UNIQUE INDEX one_title ON ${schema}.document (org_id, title);",
                    "may write what it refuses"),
            Map.entry("CREATE TRIGGER checked BEFORE INSERT ON ${schema}.job EXECUTE FUNCTION ${schema}.f();",
                    "takes something away"),
            Map.entry("CREATE OR REPLACE FUNCTION ${schema}.tell_lanes_v1(p_org uuid, p_why text) RETURNS void"
                    + " LANGUAGE plpgsql AS $fn$ BEGIN END $fn$;", "with what it took"),
            Map.entry("CREATE OR REPLACE FUNCTION ${schema}.tell_lanes_v1(p_org uuid) RETURNS boolean"
                    + " LANGUAGE plpgsql AS $fn$ BEGIN END $fn$;", "with what it took"),
            Map.entry("CREATE FUNCTION ${schema}.tell_lanes_v1(p_orgs uuid[]) RETURNS void"
                    + " LANGUAGE plpgsql AS $fn$ BEGIN END $fn$;", "by its next version"),
            Map.entry("ALTER FUNCTION ${schema}.claim_v1 RENAME TO claim_v2;", "call it as it is"),
            Map.entry("ALTER FUNCTION ${schema}.enqueue_v1 SECURITY INVOKER;", "call it as it is"),
            Map.entry("REVOKE SELECT ON ${schema}.org FROM ${schema}_app;", "need the right"),
            Map.entry("UPDATE ${schema}.document SET title = upper(title);", "what old processes wrote"),
            Map.entry("INSERT INTO ${schema}.search_setting SELECT * FROM s ON CONFLICT (org_id) DO UPDATE SET a = 1;",
                    "what old processes wrote"),
            Map.entry("ALTER SEQUENCE ${schema}.job_seq RESTART;", "takes something away"),
            Map.entry("COMMIT;", "takes something away"));

    private static final List<String> GOOD = List.of(
            "CREATE TABLE ${schema}.mark (org_id uuid NOT NULL PRIMARY KEY, text text NOT NULL);"
                    + " ALTER TABLE ${schema}.mark ADD CHECK (text <> ''), FORCE ROW LEVEL SECURITY;"
                    + " CREATE UNIQUE INDEX mark_text ON ${schema}.mark (org_id, text);"
                    + " UPDATE ${schema}.mark SET text = 'a';",
            "ALTER TABLE ${schema}.document ADD COLUMN author text, ADD COLUMN pages int NOT NULL DEFAULT 0;"
                    + " UPDATE ${schema}.document d SET author = d.fields ->> 'author', pages = 1 WHERE d.deleted;",
            "ALTER TABLE ${schema}.document SET (fillfactor = 50);",
            "CREATE INDEX document_title ON ${schema}.document (org_id, title);",
            "CREATE POLICY more ON ${schema}.document FOR SELECT TO ${schema}_index USING (false);",
            "GRANT SELECT ON ${schema}.org TO ${schema}_index;",
            "REVOKE ALL ON FUNCTION ${schema}.f_v1 FROM PUBLIC;",
            "INSERT INTO ${schema}.secret (name, value) VALUES ('DROP TABLE x; it''s', $$DROP TABLE y;$$);",
            "COMMENT ON TABLE ${schema}.org IS 'E''\\'; -- DROP TABLE x;\n",
            "CREATE FUNCTION ${schema}.tell_lanes_v2(p_org uuid) RETURNS void LANGUAGE plpgsql AS $fn$"
                    + " BEGIN DELETE FROM x; END $fn$;",
            "CREATE OR REPLACE FUNCTION ${schema}.tell_lanes_v1(\n  p_org uuid)\nRETURNS void\nLANGUAGE plpgsql"
                    + " SECURITY DEFINER AS $fn$ BEGIN END $fn$;",
            "ALTER TABLE ${schema}.org DROP CONSTRAINT org_state_check; ALTER TABLE ${schema}.org ADD CONSTRAINT"
                    + " org_state_check CHECK (state IN ('FROZEN', 'ACTIVE', 'ERASING', 'LEAVING', 'MOVED', 'ARRIVING',"
                    + " 'SUSPENDED'));",
            "ALTER TABLE ${schema}.org NO FORCE ROW LEVEL SECURITY;"
                    + " ALTER TABLE ${schema}.org FORCE ROW LEVEL SECURITY;",
            "ALTER TABLE ${schema}.document ADD COLUMN checked boolean, ADD COLUMN unique_words int;");

    private static List<String> findings(String sql, String... released) {
        MigrationLint lint = new MigrationLint(Set.of(released));
        Migrations.FILES.forEach(file -> lint.next(file, Migrations.read("migration/" + file)));
        return lint.next(NEXT, sql);
    }

    private static Set<String> released() throws IOException {
        Set<String> released = new HashSet<>();
        Matcher heading = Pattern.compile("(?m)^## \\[(\\d+\\.\\d+\\S*)]").matcher(Files.readString(CHANGELOG));
        while (heading.find()) {
            released.add(heading.group(1));
        }
        return released;
    }

    @Test
    void migrations_expandOnly() throws IOException {
        MigrationLint lint = new MigrationLint(released());
        List<String> findings = new ArrayList<>();
        int statements = 0;
        for (String file : Migrations.FILES) {
            String sql = Migrations.read("migration/" + file);
            findings.addAll(lint.next(file, sql));
            statements += SqlStatements.of(sql).size();
        }

        assertThat(findings).isEmpty();
        assertThat(statements).as("statements that were read").isGreaterThan(350);
        assertThat(lint.tables()).hasSizeGreaterThan(35)
                .contains("org", "document", "job", "audit_entry", "quota_share");
    }

    @Test
    void whatContracts_isRefused() {
        assertThat(BAD).hasSizeGreaterThanOrEqualTo(40);
        BAD.forEach((sql, why) -> assertThat(findings(sql)).as(sql).isNotEmpty()
                .allSatisfy(finding -> assertThat(finding).startsWith(NEXT))
                .anySatisfy(finding -> assertThat(finding).contains(why)));
    }

    @Test
    void whatExpands_isNot() {
        GOOD.forEach(sql -> assertThat(findings(sql)).as(sql).isEmpty());
    }

    /** Among much that is good, in capitals or not, on as many lines as one likes. */
    @Test
    void whatContracts_isRefusedAmongWhatDoesNot() {
        BAD.forEach((sql, why) -> {
            String among = GOOD.get(0) + "\n" + sql.replace(" ", "\n  ") + "\n" + GOOD.get(2);
            String inOneCase = sql.contains("$fn$") ? sql : sql.toLowerCase(Locale.ROOT);

            assertThat(findings(among)).as(among).anySatisfy(finding -> assertThat(finding).contains(why));
            assertThat(findings(inOneCase)).as(inOneCase).isNotEmpty();
        });
    }

    @Test
    void whatContracts_isLetThroughInAReleaseOfItsOwn() {
        String sql = """
                -- CONTRACTS AFTER 0.4.0: nothing reads the texts of searches any more

                DROP TABLE ${schema}.search_text;
                """;

        assertThat(findings(sql, "0.3.0", "0.4.0")).isEmpty();
        assertThat(findings(sql, "0.3.0")).singleElement().asString().contains("release 0.4.0 is not out");
        assertThat(findings(sql + GOOD.get(3), "0.4.0")).singleElement().asString().contains("two files");
        assertThat(findings(sql + GOOD.get(1), "0.4.0")).singleElement().asString().contains("two files");
        assertThat(findings(sql.replace("DROP TABLE", "GRANT SELECT ON"), "0.4.0")).singleElement().asString()
                .contains("takes nothing away");
    }

    @Test
    void markers_areFirstAndSayWhy() {
        String drop = "DROP TABLE ${schema}.search_text;\n";
        for (String marker : List.of("\n-- CONTRACTS AFTER 0.4.0: nothing reads it any more\n",
                "-- CONTRACTS AFTER 0.4.0: gone\n", "-- CONTRACTS AFTER 0.4.0\n", "-- CONTRACTS: nothing reads it\n",
                "-- CONTRACTS AFTER the next: nothing reads it any more\n")) {
            assertThat(findings(marker + drop, "0.4.0")).as(marker).hasSize(2)
                    .anySatisfy(finding -> assertThat(finding).contains("marker is not its first line"));
        }
    }

    @Test
    void findings_nameFileAndStatement() {
        assertThat(findings("CREATE INDEX a ON ${schema}.job (org_id);\nDROP  TABLE ${schema}.job;"))
                .containsExactly(NEXT + ": DROP TABLE job: it takes something away, or is nothing that is known to be"
                        + " harmless");
    }
}
