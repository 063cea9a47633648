package io.croft.pg;

import io.croft.CroftException;
import java.io.PrintStream;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * {@link PgStore.Builder#migrationPlan} as a command: prints what opening a store would execute, executes nothing of
 * it, and ends with status 0; with 2 if it could not tell.
 *
 * <p>System properties say where to look, each also as an environment variable ({@code CROFT_JDBC_PASSWORD}), where no
 * list of processes shows it: {@code croft.jdbc.url}, {@code croft.jdbc.user} and {@code croft.jdbc.password};
 * {@code croft.migrations.schema} the schema.
 */
public final class MigrationsCommand {

    private final CommandSettings settings;

    private MigrationsCommand(CommandSettings settings) {
        this.settings = settings;
    }

    /** With these settings, by name; null or blank is as good as none. */
    MigrationsCommand(Function<String, @Nullable String> settings) {
        this(new CommandSettings(settings));
    }

    /** Prints. */
    public static void main(String[] arguments) {
        System.exit(new MigrationsCommand(CommandSettings.ofProcess()).run(System.out, System.err));
    }

    int run(PrintStream out, PrintStream err) {
        try {
            String url = settings.url("look at");
            PgStore.Builder store = PgStore.builder(settings.source(url, "croft migrations"));
            settings.given("croft.migrations.schema").ifPresent(store::schema);
            MigrationPlan plan = store.migrationPlan();
            out.print("-- " + Address.of(url) + "\n" + plan.script());
            out.flush();
            return 0;
        } catch (CroftException e) {
            err.println("could not tell what would be executed: " + e.getMessage());
            return 2;
        }
    }
}
