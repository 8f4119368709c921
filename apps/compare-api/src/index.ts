export { type CompareApiOptions, createCompareApi } from "./app.ts";
export { listen, type RunningServer } from "./server.ts";
