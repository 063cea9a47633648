package io.croft.pg;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What opening a store would execute to bring a schema up to date: see {@link PgStore.Builder#migrationPlan}.
 * Immutable.
 *
 * @param schema the schema
 * @param steps  in their order, each to be executed in a transaction of its own; none if the schema is up to date
 */
public record MigrationPlan(String schema, List<Step> steps) {

    /**
     * One script.
     *
     * @param name      of its file in the store's jar, as the schema's history will have it; {@code roles.sql} is not
     *                  kept there
     * @param sql       as it would be executed
     * @param contracts what has to be so before it is executed and why, if processes of an earlier release cannot go on
     *                  beside it; empty if they can, as is the rule
     */
    public record Step(String name, String sql, Optional<String> contracts) {

        public Step {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(sql, "sql");
            Objects.requireNonNull(contracts, "contracts");
        }
    }

    public MigrationPlan {
        Objects.requireNonNull(schema, "schema");
        steps = List.copyOf(steps);
    }

    /** Whether nothing would be executed. */
    public boolean isEmpty() {
        return steps.isEmpty();
    }

    /**
     * All of it as one text, to be read. What is executed by hand the schema's history does not know of: the store
     * would execute it once more, and fail.
     */
    public String script() {
        if (isEmpty()) {
            return "-- Schema " + schema + " is up to date: nothing would be executed.\n";
        }
        StringBuilder script = new StringBuilder("-- Schema " + schema + ": " + steps.size() + (steps.size() == 1
                ? " script"
                : " scripts, each in a transaction of its own,") + " would be executed when a store is opened.\n");
        for (Step step : steps) {
            script.append("\n-- ").append(step.name()).append('\n');
            step.contracts().ifPresent(what -> script.append("-- Contracts ").append(what).append('\n'));
            script.append('\n').append(step.sql().strip()).append('\n');
        }
        return script.toString();
    }
}
