package io.croft.benchmarks.jobs;

/** db-scheduler's table, as its documentation gives it, without the index that only priorities need. */
final class DbSchedulerTables {

    static final String CREATE = """
            CREATE TABLE IF NOT EXISTS public.scheduled_tasks (
              task_name text NOT NULL,
              task_instance text NOT NULL,
              task_data bytea,
              execution_time timestamptz NOT NULL,
              picked boolean NOT NULL,
              picked_by text,
              last_success timestamptz,
              last_failure timestamptz,
              consecutive_failures int,
              last_heartbeat timestamptz,
              version bigint NOT NULL,
              priority smallint,
              PRIMARY KEY (task_name, task_instance));
            CREATE INDEX IF NOT EXISTS execution_time_idx ON public.scheduled_tasks (execution_time);
            CREATE INDEX IF NOT EXISTS last_heartbeat_idx ON public.scheduled_tasks (last_heartbeat)""";

    static final String CLEAR = "TRUNCATE public.scheduled_tasks";

    static final String LIVE = "SELECT count(*) FROM (SELECT 1 FROM public.scheduled_tasks LIMIT 1) t";

    private DbSchedulerTables() {
    }
}
