import type { FaultField } from "./parameter-types.ts";

type Fields = Readonly<Record<string, FaultField>>;

const oneDay = 86_400;

export function text(description: string, required = true, oneOf?: readonly string[]): FaultField {
  return { type: "text", required, description, ...(oneOf ? { oneOf } : {}) };
}

export function integer(description: string, min: number, max: number, required = false): FaultField {
  return { type: "integer", min, max, required, description };
}

export function texts(description: string, required = false): FaultField {
  return { type: "texts by name", required, description };
}

export const duration: Fields = {
  durationSeconds: integer(
    "Seconds of the platform, divided by the time scale. Default: until it is cleared.",
    1,
    7 * oneDay,
  ),
};
export const cluster: Fields = { cluster: text("Name of the AKS cluster.") };
export const pool: Fields = { pool: text("Name of the agent pool.") };
export const image: Fields = {
  image: text("Image of the containers, with its tag; * stands for any text. Default: every image.", false),
};
export const app: Fields = { app: text("Name of the container app.") };
export const environment: Fields = { environment: text("Name of the Container Apps environment.") };
export const afterNodes: Fields = {
  afterNodes: integer("How many nodes are upgraded before it happens. Default 1.", 0, 1_000),
};
