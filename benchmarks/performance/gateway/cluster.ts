import cluster from "node:cluster";

/** Runs one of the programs beside this file in several processes on one port: `cluster.ts port workers program`. */
const [, workers, program = ""] = process.argv.slice(2);
if (cluster.isPrimary) for (let started = 0; started < Number(workers); started += 1) cluster.fork();
else await import(`./${program}`);
