// One round of graphile-worker: node graphile.js URL ORGS THREADS, with the package on NODE_PATH.
// Says READY when its workers run; for each line, a number, enqueues so many jobs and says RAN when every one of them
// has run; ends with its input.
"use strict";
const readline = require("node:readline");
const { Logger, makeWorkerUtils, run } = require("graphile-worker");

const [connectionString, orgCount, threads] =
  [process.argv[2], ...process.argv.slice(3).map(Number)];
const CONCURRENT = 24;
const CALL = 1000;
const logger = new Logger(() => (level, message) => {
  if (level === "error") console.error(message);
});

async function main() {
  const utils = await makeWorkerUtils({ connectionString, logger, maxPoolSize: threads });
  await utils.migrate();
  let left = 0;
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

  const lines = readline.createInterface({ input: process.stdin });
  lines.on("line", async (line) => {
    const jobCount = Number(line);
    left = jobCount;
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
  lines.on("close", async () => {
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
