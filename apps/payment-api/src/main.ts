import { enableCompileCache } from "node:module";

// Kept in the temporary folder by Node: the second replica on a machine neither strips types nor compiles again.
// Imports come after it, since static ones would be compiled before the cache is on.
enableCompileCache();
const { run } = await import("./run.ts");
await run(process.env);
