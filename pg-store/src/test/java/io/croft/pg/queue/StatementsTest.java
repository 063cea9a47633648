package io.croft.pg.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The statements of the queue that are not in its functions. */
final class StatementsTest {

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
}
