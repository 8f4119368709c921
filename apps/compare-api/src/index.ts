export { createCompareApi } from "./app.ts";
export type { CompareApiOptions } from "./options.ts";
export { listen, type RunningServer } from "./server.ts";
