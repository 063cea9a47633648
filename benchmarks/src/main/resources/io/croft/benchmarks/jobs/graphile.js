// One round of graphile-worker: node graphile.js URL JOBS ORGS THREADS, with the package on NODE_PATH.
// Says READY when its workers run, waits for a line, enqueues, says RAN when every job has run, and ends with its input.
"use strict";
const { Logger, makeWorkerUtils, run } = require("graphile-worker");

const [connectionString, jobCount, orgCount, threads] =
  [process.argv[2], ...process.argv.slice(3).map(Number)];
const CONCURRENT = 24;
const CALL = 1000;
const logger = new Logger(() => (level, message) => {
  if (level === "error") console.error(message);
});

async function main() {
  const utils = await makeWorkerUtils({ connectionString, logger, maxPoolSize: threads });
  await utils.migrate();
  let left = jobCount;
  const runner = await run({
    taskList: {
      nothing: async () => {
        if (--left === 0) process.stdout.write("RAN\n");
      },
    },
    preset: {
      worker: {
        connectionString,
        logger,
        concurrentJobs: CONCURRENT,
        maxPoolSize: CONCURRENT + 1,
        localQueue: { size: 500, refetchDelay: { durationMs: 10 } },
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
      },
    },
  });

  process.stdin.once("data", async () => {
    let next = 0;
    const enqueue = async () => {
      while (next < jobCount) {
        const from = next;
        next = Math.min(jobCount, next + CALL);
        const jobs = [];
        for (let i = from; i < next; i++) {
          jobs.push({ identifier: "nothing", payload: { org: i % orgCount, n: i } });
        }
        await utils.addJobs(jobs);
      }
    };
    try {
      await Promise.all(Array.from({ length: threads }, enqueue));
    } catch (error) {
      console.error(error);
      process.exit(1);
    }
  });
  process.stdin.on("end", async () => {
    await runner.stop();
    await utils.release();
    process.exit(0);
  });
  process.stdout.write("READY\n");
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
