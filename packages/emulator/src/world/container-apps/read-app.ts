import { type Configuration, readConfiguration } from "./configuration.ts";
import type { Json } from "./json.ts";
import { readWorkload, type WorkloadSpec } from "./read-workload.ts";
import { Refusal } from "./refusal.ts";

/** The body of a container app, checked in itself: what needs to know other resources is checked where they are. */
export type AppSpec = WorkloadSpec<Configuration>;

/** Throws `Refusal`. */
export function readApp(content: Json): AppSpec {
  return readWorkload(content, ["environmentId", "managedEnvironmentId"], readConfiguration);
}

/** `kind`: `ContainerApp` or `Job`, for the message and the code. */
export function checkAppName(name: string, kind: "ContainerApp" | "Job" = "ContainerApp"): void {
  if (/^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(name) && !name.includes("--") && name.length <= 32 && name.length >= 2)
    return;
  const rule =
    "A name must consist of lower case alphanumeric characters or '-', start with a letter, end with an alphanumeric character and cannot have '--'. The length must be between 2 and 32 characters.";
  throw new Refusal(400, `${kind}InvalidName`, `Invalid ${kind} name '${name.slice(0, 80)}'. ${rule}`);
}
