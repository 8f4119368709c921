/** What each fault takes. Times of running apps are as they are; those of the platform are divided by the time scale. */
export interface FaultParameters {
  "slow-start": { readonly image: string; readonly delayMs?: number; readonly env?: Readonly<Record<string, string>> };
  "bad-release": { readonly image: string; readonly env: Readonly<Record<string, string>> };
  "control-plane-unavailable": { readonly cluster: string; readonly durationSeconds: number };
  "node-lost": { readonly cluster: string; readonly node: string };
  "node-join-failed": { readonly cluster: string; readonly pool: string; readonly count?: number };
}

export type FaultKind = keyof FaultParameters;

export type FaultField = { readonly required: boolean; readonly description: string } & (
  | { readonly type: "text" }
  | { readonly type: "texts by name" }
  | { readonly type: "integer"; readonly min: number; readonly max: number }
);

export interface FaultDefinition {
  readonly description: string;
  /** Where the behaviour comes from. */
  readonly source: string;
  readonly fields: Readonly<Record<string, FaultField>>;
}

const image = {
  type: "text",
  required: true,
  description: "Image of the containers, with its tag; * stands for any text.",
} as const;
const cluster = { type: "text", required: true, description: "Name of the AKS cluster." } as const;
const oneDayMs = 86_400_000;

export const faultDefinitions: Readonly<Record<FaultKind, FaultDefinition>> = {
  "slow-start": {
    description:
      "Containers of an image take long to start: they count as started, but their process begins only after delayMs, or with extra environment variables. Acts on containers that start from now on.",
    source: "azure-facts 8.1, slow-start-kill",
    fields: {
      image,
      delayMs: {
        type: "integer",
        min: 0,
        max: oneDayMs,
        required: false,
        description: "Time before the process begins, in milliseconds, not scaled.",
      },
      env: { type: "texts by name", required: false, description: "Environment variables that the process gets." },
    },
  },
  "bad-release": {
    description:
      "Containers of an image are started with extra environment variables that make the app misbehave. Acts on containers that start from now on.",
    source: "azure-facts 8.1, behaviour-change",
    fields: {
      image,
      env: {
        type: "texts by name",
        required: true,
        description: 'Environment variables that the process gets: { "FAULT_ERROR_RATE": "0.2" }.',
      },
    },
  },
  "control-plane-unavailable": {
    description: "Nobody reaches the cluster's API server; controllers stand still, workloads go on.",
    source: "azure-facts 8.1, apiserver-gap and controlplane-stuck",
    fields: {
      cluster,
      durationSeconds: {
        type: "integer",
        min: 1,
        max: 86_400,
        required: true,
        description: "Seconds of the platform, divided by the time scale.",
      },
    },
  },
  "node-lost": {
    description:
      "A machine is gone without a word: its replicas die, its Node object stays. Clearing does not bring it back.",
    source: "azure-facts 2.8",
    fields: { cluster, node: { type: "text", required: true, description: "Name of the Node object." } },
  },
  "node-join-failed": {
    description: "The next machines of a pool come up, and never join the cluster.",
    source: "azure-facts 8.1, node-join-failed",
    fields: {
      cluster,
      pool: { type: "text", required: true, description: "Name of the agent pool." },
      count: { type: "integer", min: 1, max: 1_000, required: false, description: "How many machines. Default 1." },
    },
  },
};

export function isFaultKind(text: string): text is FaultKind {
  return Object.hasOwn(faultDefinitions, text);
}
