import { defineConfig } from "vitest/config";

// Without "import" and "default": with them `require` inside a dependency would resolve to its ES module.
const conditions = ["fairway-source", "node", "module"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ["fairway-source"] } },
  test: {
    include: ["packages/*/test/**/*.test.ts", "apps/*/test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: "forks",
    maxWorkers: 2,
    // Concurrent tests mostly wait for the embedded Azure.
    maxConcurrency: 10,
  },
});
