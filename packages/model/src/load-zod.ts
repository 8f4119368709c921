import { createRequire } from "node:module";
import type { z } from "zod";

/** At the first use: zod costs 70 ms and 18 MB to load, which a program that checks nothing need not pay. */
export function loadZod(): typeof z {
  return (createRequire(import.meta.url)("zod") as { z: typeof z }).z;
}
