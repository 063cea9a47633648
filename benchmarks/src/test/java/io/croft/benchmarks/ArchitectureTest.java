package io.croft.benchmarks;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.croft.Actor;
import io.croft.TenantContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** The directions of dependencies between the modules, and what no module does. */
class ArchitectureTest {

    private static final String[] PG = {"io.croft.pg.."};
    private static final String[] LUCENE = {"io.croft.lucene.."};
    private static final String[] INGEST = {"io.croft.ingest.."};
    private static final String[] RUNNABLE = {"io.croft.examples..", "io.croft.benchmarks..", "io.croft.embedded.."};
    private static final String[] CORE = {"io.croft", "io.croft.analytics..", "io.croft.audit..", "io.croft.flags..",
            "io.croft.search..", "io.croft.content..", "io.croft.intake..", "io.croft.job..", "io.croft.limits..",
            "io.croft.spi..", "io.croft.testing..", "io.croft.guard..", "io.croft.input..", "io.croft.cron..",
            "io.croft.engine.."};
    private static final String[] CORE_API =
            {"io.croft", "io.croft.analytics..", "io.croft.audit..", "io.croft.flags..", "io.croft.search..",
                    "io.croft.content..", "io.croft.intake..", "io.croft.job..", "io.croft.limits..",
                    "io.croft.spi..", "io.croft.testing.."};

    private static final JavaClasses ALL =
            new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests())
                    .withImportOption(location -> !location.contains("-tests.jar")).importPackages("io.croft");

    @Test
    void everyModule_isLookedAt() {
        for (String[] module : List.of(PG, LUCENE, INGEST, CORE, RUNNABLE)) {
            for (String part : module) {
                assertThat(ALL.that(JavaClass.Predicates.resideInAnyPackage(part))).as(part)
                        .anyMatch(one -> !one.getSimpleName().equals("package-info"));
            }
        }
    }

    @Test
    void javaSql_isTouchedByPgStoreAlone() {
        noClasses().that().resideOutsideOfPackages(join(PG, RUNNABLE)).should()
                .dependOnClassesThat(sqlBeyond(Connection.class, DataSource.class)).check(ALL);
        noClasses().that().resideOutsideOfPackages(join(PG, RUNNABLE, CORE)).should()
                .dependOnClassesThat().resideInAnyPackage("java.sql..", "javax.sql..", "org.postgresql..",
                        "com.zaxxer..", "org.flywaydb..")
                .check(ALL);
    }

    @Test
    void statements_areSentByTransactionsAlone() {
        // Beside them only what comes before there are roles to run as, the connection that listens, and the audit,
        // which looks at what transactions rely on.
        noClasses().that().resideInAnyPackage(PG).and().resideOutsideOfPackage("io.croft.pg.tx").and()
                .doNotHaveFullyQualifiedName("io.croft.pg.Installation").and()
                .doNotHaveFullyQualifiedName("io.croft.pg.OwnerDataSource").and()
                .doNotHaveFullyQualifiedName("io.croft.pg.audit.Session").and()
                .doNotHaveFullyQualifiedName("io.croft.pg.notify.ListeningConnection").should()
                .callMethodWhere(DescribedPredicate.describe("it makes or executes a statement, or ends a transaction",
                        call -> call.getTargetOwner().isAssignableTo(Statement.class)
                                || (call.getTargetOwner().isAssignableTo(Connection.class)
                                        && call.getName().matches("createStatement|prepare.*|commit|rollback"))))
                .check(ALL);
    }

    @Test
    void partsOfPgStore_standOnItsTransactions() {
        Map<String, List<String>> below = Map.of("tx", List.of(), "notify", List.of("tx"),
                "queue", List.of("tx", "notify"), "change", List.of("tx", "notify"),
                "content", List.of("tx", "notify", "queue"), "shard", List.of("tx"), "audit", List.of("tx"));
        below.forEach((part, others) -> {
            String[] seen = Stream.concat(Stream.of(part), others.stream()).map(one -> "io.croft.pg." + one)
                    .toArray(String[]::new);
            noClasses().that().resideInAPackage("io.croft.pg." + part).should().dependOnClassesThat(
                    JavaClass.Predicates.resideInAnyPackage(PG).and(
                            DescribedPredicate.not(JavaClass.Predicates.resideInAnyPackage(seen))))
                    .check(ALL);
        });
        noClasses().that().resideOutsideOfPackages(PG).should().dependOnClassesThat()
                .resideInAPackage("io.croft.pg.*..").check(ALL);
    }

    @Test
    void core_namesConnectionsWithoutCallingThem() {
        noClasses().that().resideInAnyPackage(CORE).should().callMethodWhere(DescribedPredicate.describe(
                "its owner is of java.sql or javax.sql",
                call -> call.getTargetOwner().getPackageName().matches("javax?\\.sql"))).check(ALL);
    }

    @Test
    void lucene_isTouchedByLuceneIndexAlone() {
        noClasses().that().resideOutsideOfPackages(join(LUCENE, new String[]{"io.croft.benchmarks.."})).should()
                .dependOnClassesThat().resideInAnyPackage("org.apache.lucene..").check(ALL);
    }

    @Test
    void wordsAndCodecOfTheIndex_standOnNothingElseOfIt() {
        for (String part : List.of("io.croft.lucene.text", "io.croft.lucene.codec")) {
            noClasses().that().resideInAPackage(part).should().dependOnClassesThat(
                    JavaClass.Predicates.resideInAnyPackage(LUCENE).and(
                            DescribedPredicate.not(JavaClass.Predicates.resideInAPackage(part))))
                    .check(ALL);
        }
        noClasses().that().resideOutsideOfPackages(LUCENE).should().dependOnClassesThat()
                .resideInAPackage("io.croft.lucene.*..").check(ALL);
    }

    @Test
    void parts_neverSeeOneAnother() {
        for (String[] part : List.of(PG, LUCENE, INGEST)) {
            String[] others = join(PG, LUCENE, INGEST);
            noClasses().that().resideInAnyPackage(part).should().dependOnClassesThat(
                    JavaClass.Predicates.resideInAnyPackage(others).and(
                            DescribedPredicate.not(JavaClass.Predicates.resideInAnyPackage(part))))
                    .check(ALL);
        }
    }

    @Test
    void core_seesNoPart() {
        noClasses().that().resideInAnyPackage(CORE).should().dependOnClassesThat()
                .resideInAnyPackage(join(PG, LUCENE, INGEST, RUNNABLE)).check(ALL);
        classes().that().resideInAnyPackage(CORE).should().onlyDependOnClassesThat().resideInAnyPackage(
                join(CORE,
                        new String[]{"java..", "javax.crypto..", "javax.sql..", "org.slf4j..",
                                "com.github.benmanes.caffeine..",
                                "org.jspecify..", "com.google.errorprone.annotations.."}))
                .check(ALL);
    }

    @Test
    void nothing_dependsOnExamplesOrBenchmarks() {
        noClasses().that().resideOutsideOfPackages(RUNNABLE).should().dependOnClassesThat().resideInAnyPackage(RUNNABLE)
                .check(ALL);
        noClasses().that().resideOutsideOfPackage("io.croft.benchmarks..").should().dependOnClassesThat()
                .resideInAPackage("io.croft.benchmarks..").check(ALL);
        noClasses().that().resideOutsideOfPackages("io.croft.examples..", "io.croft.benchmarks..").should()
                .dependOnClassesThat().resideInAPackage("io.croft.examples..").check(ALL);
    }

    @Test
    void enginesAndGuard_areUsedByCoreAlone() {
        // Some benchmarks measure a part of the engine by itself: its cost is lost in that of a whole call.
        noClasses().that().resideOutsideOfPackages(CORE).and().doNotHaveSimpleName("AnalyticsBenchmark").and()
                .doNotHaveSimpleName("GuardBenchmark").and().doNotHaveSimpleName("LimitsBenchmark").and()
                .doNotHaveSimpleName("LimitedProcess").and().doNotHaveSimpleName("CompliantCallers").should()
                .dependOnClassesThat().resideInAnyPackage("io.croft.engine..", "io.croft.guard..").check(ALL);
    }

    /** Calls for somebody are those of core, where each is seen to pass the gate. */
    @Test
    void calls_areMadeAtCoreAlone() {
        methods().that().arePublic().and().areDeclaredInClassesThat().arePublic().and().areDeclaredInClassesThat()
                .resideInAnyPackage("io.croft.pg", "io.croft.lucene", "io.croft.ingest").should()
                .notHaveRawParameterTypes(DescribedPredicate.describe("a context or an actor among them",
                        types -> types.stream().anyMatch(type -> type.isEquivalentTo(TenantContext.class)
                                || type.isEquivalentTo(Actor.class))))
                .check(ALL);
    }

    @Test
    void api_showsNothingOfTheEngines() {
        noClasses().that()
                .resideInAnyPackage("io.croft.analytics..", "io.croft.audit..", "io.croft.flags..",
                        "io.croft.search..", "io.croft.content..", "io.croft.intake..", "io.croft.job..",
                        "io.croft.limits..", "io.croft.spi..")
                .should().dependOnClassesThat().resideInAnyPackage("io.croft.engine..", "io.croft.guard..").check(ALL);
    }

    @Test
    void whatIsForTests_isUsedByNothingElse() {
        String[] testing = {"io.croft.testing..", "io.croft.spi.memory.."};
        noClasses().that().resideOutsideOfPackages(testing).should().dependOnClassesThat()
                .resideInAnyPackage(testing).check(ALL);
        noClasses().that().resideInAPackage("io.croft.spi.memory..").should().dependOnClassesThat()
                .resideInAPackage("io.croft.testing..").check(ALL);
    }

    @Test
    void benchmarks_shareWhatTheyShareAndNothingElse() {
        String[] shared = {"io.croft.benchmarks.run", "io.croft.benchmarks.machine", "io.croft.benchmarks.data"};
        noClasses().that().resideInAnyPackage(shared).should().dependOnClassesThat(
                JavaClass.Predicates.resideInAPackage("io.croft.benchmarks..").and(
                        DescribedPredicate.not(JavaClass.Predicates.resideInAnyPackage(shared))))
                .check(ALL);
        slices().matching("io.croft.benchmarks.(*)").should().notDependOnEachOther()
                .ignoreDependency(DescribedPredicate.alwaysTrue(), JavaClass.Predicates.resideInAnyPackage(shared))
                .check(ALL);
    }

    @Test
    void standardStreams_belongToProgramsAlone() {
        noClasses().that().resideOutsideOfPackages("io.croft.examples..", "io.croft.benchmarks..").and()
                .doNotHaveFullyQualifiedName("io.croft.pg.AuditCommand").and()
                .doNotHaveFullyQualifiedName("io.croft.pg.MigrationsCommand")
                .should(ACCESS_STANDARD_STREAMS).check(ALL);
    }

    /** The queue's clock is the database's: that of a worker's machine may be a day off. */
    @Test
    void queue_asksNoClockOfItsProcess() {
        noClasses().that().resideInAnyPackage("io.croft.engine.job..", "io.croft.engine.shard..", "io.croft.pg.queue..",
                "io.croft.pg.tx..")
                .should()
                .callMethodWhere(DescribedPredicate.describe("it tells the time of day of this process",
                        call -> (call.getName().equals("now")
                                && call.getTargetOwner().getPackageName().equals("java.time"))
                                || call.getName().equals("currentTimeMillis")
                                || call.getTargetOwner().isAssignableTo(InstantSource.class)))
                .check(ALL);
    }

    @Test
    void logging_goesThroughSlf4j() {
        // Naming one is not using one: javax.sql.DataSource has its implementations name a logger.
        noClasses().should().accessClassesThat().resideInAnyPackage("java.util.logging..",
                "org.apache.commons.logging..", "org.apache.log4j..").check(ALL);
    }

    @Test
    void api_keepsNothingInThreads() {
        fields().that().areDeclaredInClassesThat().resideInAnyPackage(CORE_API).should()
                .notHaveRawType(DescribedPredicate.describe("a thread-local", type -> type
                        .isAssignableTo(ThreadLocal.class)))
                .check(ALL);
    }

    /** The formatter, which sees to the rest, leaves them alone. */
    @Test
    void comments_haveAtMost120Columns() throws IOException {
        List<String> tooLong = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Path.of(".."))) {
            List<Path> sources = files.filter(file -> file.toString().matches(".*/src/(main|test)/java/.*\\.java"))
                    .toList();
            assertThat(sources).hasSizeGreaterThan(300);
            for (Path source : sources) {
                Files.readAllLines(source).stream().filter(line -> line.length() > 120)
                        .filter(line -> line.strip().matches("(/\\*|\\*|//).*"))
                        .forEach(line -> tooLong.add(source + ": " + line.strip()));
            }
        }
        assertThat(tooLong).isEmpty();
    }

    private static DescribedPredicate<JavaClass> sqlBeyond(Class<?>... named) {
        return DescribedPredicate.describe("of java.sql or javax.sql beyond " + List.of(named), type -> type
                .getPackageName().matches("javax?\\.sql")
                && List.of(named).stream().noneMatch(type::isEquivalentTo));
    }

    private static String[] join(String[]... parts) {
        return Stream.of(parts).flatMap(Stream::of).toArray(String[]::new);
    }
}
