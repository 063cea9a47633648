package io.croft.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The statements of the queue, in its functions and outside them. */
final class StatementsTest {

    private static final Pattern BY_ARRAY =
            Pattern.compile("\\b[hjlrswy]\\.\\w+ = ANY \\(ARRAY\\[\\w+(?:\\.\\w+|\\[\\w+\\.\\w+])]\\)");
    /**
     * By the names that the statements give to history, jobs, lanes, runs and lines, schedules and settlements, waits
     * and keys: a column of one of their indexes, and one of something else.
     */
    private static final Pattern BY_EQUALITY = Pattern.compile(
            "\\b(?:[hj]\\.(?:org_id|id)|l\\.(?:org_id|queue_id)|r\\.(?:id|queue_id)|s\\.(?:run_at|id|settle_id)"
                    + "|w\\.(?:org_id|child_id|parent_id)|y\\.(?:org_id|key)) = (?!ANY\\b)\\w+(?:\\.\\w|\\[)");
    private static final Pattern TENANT_TABLE = Pattern
            .compile("\\$\\{schema}\\.(job|job_key|job_history|job_result|job_wait|job_hour|schedule)\\b");

    /** So each of them concerns one node where tables are distributed by it, and one organisation anyhow. */
    @Test
    void onTenantTables_allNameTheOrg() throws IllegalAccessException {
        List<String> without = new ArrayList<>();
        int looked = 0;
        for (Class<?> statements : List.of(JobSql.class, JobReadSql.class, ScheduleSql.class)) {
            for (Field field : Stream.of(statements.getDeclaredFields()).filter(f -> f.getType() == String.class)
                    .toList()) {
                field.setAccessible(true);
                String sql = (String) field.get(null);
                if (TENANT_TABLE.matcher(sql).find() && sql.contains("SELECT")) {
                    looked++;
                    if (!sql.contains("org_id = ?")) {
                        without.add(field.getName());
                    }
                }
            }
        }

        assertThat(looked).isGreaterThan(5);
        // A part of statements, and those on schedules of no organisation.
        assertThat(without).containsExactlyInAnyOrder("STATUS", "FIND_GLOBAL", "LIST_GLOBAL");
    }

    /** As V010 says: else a plan may read a whole table for each job, and be kept. */
    @Test
    void jobsAndLanes_areLookedUpByArraysOfOne() throws IOException {
        List<String> others = new ArrayList<>();
        int looked = 0;
        for (String file : List.of("V011__queue_functions", "V012__queue_finish", "V013__queue_admin",
                "V019__queue_flows")) {
            try (InputStream sql =
                    StatementsTest.class.getResourceAsStream("/io/croft/pg/migration/" + file + ".sql")) {
                String text = new String(Objects.requireNonNull(sql, file).readAllBytes(), StandardCharsets.UTF_8);
                looked += (int) BY_ARRAY.matcher(text).results().count();
                BY_EQUALITY.matcher(text).results().forEach(found -> others.add(file + ": " + found.group()));
            }
        }

        assertThat(looked).isGreaterThan(100);
        assertThat(others).isEmpty();
    }

    @Test
    void equality_isFoundBetweenTablesAndNotOfParameters() {
        for (String found : List.of("j.id = i.id", "j.org_id = p_org[o.ord]", "s.run_at = j.run_at", "y.key = g.key",
                "h.id = i.id", "l.queue_id = q.queue_id", "r.id = j.id", "w.parent_id = e.id")) {
            assertThat(BY_EQUALITY.matcher(" WHERE " + found + " AND").find()).as(found).isTrue();
        }
        for (String left : List.of("j.org_id = p_org", "j.id = ANY (p_id)", "j.id = ANY (ARRAY[i.id])",
                "j.id = ANY (ARRAY[p_id[o.ord]])", "r.fence = i.fence", "l.queue_id = v_queue_id")) {
            assertThat(BY_EQUALITY.matcher(" WHERE " + left + " AND").find()).as(left).isFalse();
        }
    }
}
