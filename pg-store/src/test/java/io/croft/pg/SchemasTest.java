package io.croft.pg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.croft.Org;
import io.croft.OrgId;
import io.croft.OrgQuotas;
import io.croft.OrgQuotas.Resource;
import io.croft.QuotaExceededException;
import io.croft.UnknownOrgException;
import io.croft.search.Source;
import io.croft.spi.Content;
import io.croft.spi.ContentStore.Stored;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Production, staging and a scratch schema side by side in one database, used by one login: none sees the others. */
class SchemasTest {

    private static final OrgId ORG = OrgId.named("acme");
    private static final List<String> STAGES = List.of("production", "staging", "scratch");

    private final TestDatabase database = TestDatabase.empty();
    /** Roles belong to the whole cluster: the schemas of each test have names of their own. */
    private final String run = "_" + UUID.randomUUID().toString().substring(0, 8);
    private final Map<String, PgStore> stores = new HashMap<>();
    private final Map<String, TestContent> contents = new HashMap<>();

    @BeforeEach
    void open() {
        for (String stage : STAGES) {
            database.execute(PgStore.rolesSql(stage + run, TestDatabase.LOGIN));
            stores.put(stage, database.builder().schema(stage + run).open());
        }
    }

    @AfterEach
    void close() {
        stores.values().forEach(PgStore::close);
    }

    private PgStore store(String stage) {
        return Optional.ofNullable(stores.get(stage)).orElseThrow();
    }

    private TestContent content(String stage) {
        return contents.computeIfAbsent(stage, any -> new TestContent(store(stage)));
    }

    private Org create(String stage) {
        return store(stage).orgs().create(TestContent.context(ORG));
    }

    private Optional<String> text(String stage, String id) {
        return store(stage).content().find(ORG, Source.PRIVATE, id).map(Content::text);
    }

    private void fill() {
        for (String stage : STAGES) {
            create(stage);
            content(stage).ready(ORG, Source.PRIVATE, "plan", "the plan of " + stage);
            content(stage).ready(ORG, Source.MARKETPLACE, "offer", "the offer of " + stage);
        }
    }

    @Test
    void oneOrg_isAnotherInEachSchema() {
        List<Org> lives = new ArrayList<>();
        for (String stage : STAGES) {
            assertThat(store(stage).orgs().find(ORG)).as(stage).isEmpty();
            lives.add(create(stage));
        }

        assertThat(lives).extracting(Org::incarnation).doesNotHaveDuplicates();
        fill();
        for (String stage : STAGES) {
            assertThat(text(stage, "plan")).contains("the plan of " + stage);
            assertThat(store(stage).orgs().summary(ORG).orElseThrow().documents()).isEqualTo(1);
            assertThat(store(stage).orgs().summary(ORG).orElseThrow().listings()).isEqualTo(1);
        }
    }

    @Test
    void jobs_areTakenFromTheirOwnSchemaAlone() {
        fill();
        Stored stored = content("staging").put(ORG, Source.PRIVATE, "next", "text");

        for (String stage : List.of("production", "scratch")) {
            store(stage).jobs().registerQueue(content("staging").kind().queue());
            store(stage).jobs().maintain(1000);
            assertThat(store(stage).jobs().claim(content("staging").kind().queue(), 10, "w", TestContent.LEASE))
                    .as(stage).isEmpty();
            assertThat(store(stage).orgs().summary(ORG).orElseThrow().queuedJobs()).isZero();
        }
        assertThat(content("staging").claim(stored).lease().org()).isEqualTo(ORG);
    }

    @Test
    void limits_areOfOneSchema() {
        fill();
        store("production").orgs().setQuotas(TestContent.context(ORG), OrgQuotas.UNLIMITED.with(Resource.DOCUMENTS, 1));

        assertThatThrownBy(() -> content("production").put(ORG, Source.PRIVATE, "more", "text"))
                .isInstanceOf(QuotaExceededException.class);
        content("staging").put(ORG, Source.PRIVATE, "more", "text");
        assertThat(store("scratch").orgs().quotas(ORG)).contains(OrgQuotas.UNLIMITED);
    }

    @Test
    void erasing_leavesTheOthersAlone() {
        fill();

        store("staging").orgs().erase(TestContent.context(ORG));

        assertThatThrownBy(() -> text("staging", "plan")).isInstanceOf(UnknownOrgException.class);
        assertThat(text("production", "plan")).contains("the plan of production");
        assertThat(text("scratch", "plan")).contains("the plan of scratch");
    }

    @Test
    void aSchemaCanBeDroppedBesideOthers() {
        fill();

        store("scratch").close();
        database.execute("DROP SCHEMA scratch" + run + " CASCADE");

        content("production").ready(ORG, Source.PRIVATE, "plan", "another plan");
        assertThat(text("production", "plan")).contains("another plan");
        assertThat(text("staging", "plan")).contains("the plan of staging");
        assertThat(database.builder().schema("production" + run).migrationPlan().isEmpty()).isTrue();
    }

    /** The new schema is of the newest release while another one still waits. */
    @Test
    void migrations_areOfOneSchema() {
        String last = Migrations.FILES.getLast();
        database.execute("DELETE FROM staging" + run + ".croft_migrations WHERE script = '" + last + "'");

        assertThat(database.builder().schema("staging" + run).migrationPlan().steps()).singleElement()
                .satisfies(step -> assertThat(step.name()).isEqualTo(last));
        for (String stage : List.of("production", "scratch")) {
            assertThat(database.builder().schema(stage + run).migrationPlan().isEmpty()).as(stage).isTrue();
        }
    }

    /** The login may take the roles of each, but a transaction has taken those of one. */
    @Test
    void rolesOfOneSchema_haveNoRightInAnother() throws SQLException {
        fill();
        try (Connection connection = database.loginSource().getConnection();
                Statement statement = connection.createStatement()) {
            for (String role : List.of("app", "admin", "index", "worker", "owner")) {
                statement.execute("SET ROLE staging" + run + "_" + role);
                for (String read : List.of("SELECT FROM production%s.document", "SELECT FROM production%s.org",
                        "SELECT production%s.claim_v1(1::smallint, 1, 'w', 1000)",
                        "SELECT FROM production%s.croft_migrations")) {
                    assertThatThrownBy(() -> statement.execute(read.formatted(run))).as(role + ": " + read)
                            .isInstanceOfSatisfying(SQLException.class,
                                    e -> assertThat(e.getSQLState()).isEqualTo("42501"));
                }
            }
        }
        assertThat(database.count("SELECT count(*) FROM pg_auth_members m JOIN pg_roles a ON a.oid = m.roleid"
                + " JOIN pg_roles b ON b.oid = m.member WHERE a.rolname LIKE 'production" + run + "%'"
                + " AND b.rolname ~ '^(staging|scratch)" + run + "'")).as("memberships across").isZero();
    }
}
