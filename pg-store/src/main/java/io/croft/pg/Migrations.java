package io.croft.pg;

import io.croft.CroftException;
import io.croft.pg.MigrationPlan.Step;
import io.croft.pg.tx.DbRole;
import io.croft.pg.tx.Schema;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.ResourceProvider;
import org.flywaydb.core.api.logging.LogFactory;
import org.flywaydb.core.api.logging.LogLevel;
import org.flywaydb.core.api.output.MigrateResult;
import org.flywaydb.core.api.resource.LoadableResource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the schema up to date, as its owner and with a history table of its own. Several processes may do so at once:
 * Flyway lets one work and the others wait.
 */
final class Migrations {

    /** In their order. A list, because looking for files works neither in every class loader nor in a module. */
    static final List<String> FILES = List.of(
            "V001__orgs.sql",
            "V002__content.sql",
            "V003__changes.sql",
            "V010__queue_tables.sql",
            "V011__queue_functions.sql",
            "V012__queue_finish.sql",
            "V013__queue_admin.sql",
            "V014__queue_rights.sql",
            "V016__secrets.sql",
            "V017__analytics.sql",
            "V018__queue_schedules.sql",
            "V019__queue_flows.sql",
            "V020__queue_statistics.sql",
            "V021__queue_shards.sql",
            "V022__suspension.sql",
            "V023__org_usage.sql",
            "V024__audit_log.sql",
            "V025__feature_flags.sql",
            "V026__call_rates.sql",
            "V027__quotas.sql",
            "V028__groups.sql",
            "V030__blobs.sql",
            "V031__inputs.sql",
            "V032__crawls.sql",
            "V033__site_pace.sql",
            "V034__embed_spend.sql");
    static final String HISTORY_TABLE = "croft_migrations";
    private static final Pattern CONTRACTS = Pattern.compile("\\A-- CONTRACTS AFTER (\\d+\\.\\d+\\S*): (\\S.{9,})");

    private static final Logger LOG = LoggerFactory.getLogger(Migrations.class);

    private Migrations() {
    }

    static void run(DataSource source, Schema schema) {
        MigrateResult result = quietly(source, schema, Flyway::migrate);
        if (result.migrationsExecuted > 0) {
            LOG.info("schema {} migrated to version {}", schema.name(), result.targetSchemaVersion);
        }
    }

    /**
     * Fails if the schema lacks a migration that this code needs; a schema that has more is of a newer release, and
     * good.
     */
    static void requireDone(DataSource source, Schema schema) {
        List<String> missing = missing(source, schema);
        if (!missing.isEmpty()) {
            throw new CroftException("schema " + schema.name() + " lacks the migrations " + String.join(", ", missing)
                    + ": open the store once without withoutMigrations()");
        }
    }

    /** The files that the schema lacks, also where it has later ones. */
    private static List<String> missing(DataSource source, Schema schema) {
        return quietly(source, schema, flyway -> Arrays.stream(flyway.info().all())
                .filter(one -> one.getState().isResolved() && !one.getState().isApplied())
                .map(MigrationInfo::getScript)
                .toList());
    }

    /** What {@link #run} would execute in a schema that there is. */
    static List<Step> plan(DataSource source, Schema schema) {
        return missing(source, schema).stream().map(file -> step(file, schema)).toList();
    }

    /** All that it would execute in one that there is not yet. */
    static List<Step> all(Schema schema) {
        return FILES.stream().map(file -> step(file, schema)).toList();
    }

    private static Step step(String file, Schema schema) {
        String sql = read("migration/" + file);
        return new Step(file, sql.replace("${schema}", schema.name()), contracts(sql));
    }

    /**
     * What a migration says on its first line if it takes something away that the release before still uses, or narrows
     * it: the first release that can do without, of which all processes have to be by then, and what goes.
     */
    static Optional<String> contracts(String sql) {
        Matcher marker = CONTRACTS.matcher(sql);
        return marker.find() ? Optional.of("after " + marker.group(1) + ": " + marker.group(2)) : Optional.empty();
    }

    private static <T> T quietly(DataSource source, Schema schema, Function<Flyway, T> work) {
        DataSource owner = new OwnerDataSource(source, DbRole.OWNER.in(schema));
        // Flyway writes half a page at INFO about each start; its level is one for the whole process.
        LogLevel level = LogFactory.getLogLevel();
        LogFactory.setLogLevel(LogLevel.WARN);
        try {
            return work.apply(flyway(owner, schema));
        } catch (FlywayException e) {
            throw new CroftException("cannot migrate schema " + schema.name() + ": " + e.getMessage(), e);
        } finally {
            LogFactory.setLogLevel(level);
        }
    }

    private static Flyway flyway(DataSource owner, Schema schema) {
        return Flyway.configure(Migrations.class.getClassLoader())
                .dataSource(owner)
                .defaultSchema(schema.name())
                .createSchemas(false)
                .table(HISTORY_TABLE)
                .placeholders(Map.of("schema", schema.name()))
                .resourceProvider(new Resources())
                .locations(new String[0])
                .callbackLocations(new String[0])
                .failOnMissingLocations(false)
                .connectRetries(0)
                .load();
    }

    /** The text of a file beside this class. */
    static String read(String name) {
        try (InputStream in = Migrations.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new CroftException("resource " + name + " is missing: the jar of the store is incomplete");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read resource " + name, e);
        }
    }

    private static final class Resources implements ResourceProvider {

        @Override
        public @Nullable LoadableResource getResource(String name) {
            return FILES.contains(name) ? new Resource(name) : null;
        }

        @Override
        public Collection<LoadableResource> getResources(String prefix, String[] suffixes) {
            return FILES.stream()
                    .filter(name -> name.startsWith(prefix) && List.of(suffixes).stream().anyMatch(name::endsWith))
                    .<LoadableResource>map(Resource::new)
                    .toList();
        }
    }

    private static final class Resource extends LoadableResource {

        private final String name;

        Resource(String name) {
            this.name = name;
        }

        @Override
        public Reader read() {
            return new StringReader(Migrations.read("migration/" + name));
        }

        @Override
        public String getAbsolutePath() {
            return name;
        }

        @Override
        public @Nullable String getAbsolutePathOnDisk() {
            return null;
        }

        @Override
        public String getFilename() {
            return name;
        }

        @Override
        public String getRelativePath() {
            return name;
        }
    }
}
