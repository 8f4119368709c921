import { z } from "zod";

/** More than AKS lets a cluster have (5,000 nodes), and more than a laptop models in reasonable time. */
const [mostNodes, mostPods, mostObjects] = [1_000, 20_000, 20_000];

const text = z.string().max(4_096);
const count = z.int().min(0);
const texts = z.record(text, text);
const owner = z.strictObject({ kind: text, name: text });
const resources = z.strictObject({ cpuMillicores: count, memoryMib: count });
const requirement = z.strictObject({ key: text, operator: text, values: z.array(text) });
const selector = z.strictObject({ matchLabels: texts, matchExpressions: z.array(requirement) });
const probe = z.strictObject({
  initialDelaySeconds: count,
  periodSeconds: count,
  timeoutSeconds: count,
  failureThreshold: count,
  successThreshold: count,
});
const named = { namespace: text, name: text };
const list = <T extends z.ZodType>(item: T) => z.array(item).max(mostObjects);

const settings = z.strictObject({
  tagCount: count,
  usesServicePrincipal: z.boolean(),
  outboundType: text,
  kubeProxyMode: text,
  addons: z.array(text),
  autoUpgradeChannel: text,
  maintenance: z.array(z.strictObject({ name: text, durationHours: z.number() })),
  locks: z.array(z.strictObject({ name: text, level: text, scope: text })),
  quotas: z.array(z.strictObject({ name: text, used: z.number(), limit: z.number() })),
  subnets: z.array(z.strictObject({ id: text, used: z.number(), limit: z.number() })).optional(),
  certificateExpiresAt: text.optional(),
});

const pool = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9]{0,11}$/, "must be the name of a node pool"),
  version: text,
  provisioningState: text,
  count,
  vmSize: text,
  isSystem: z.boolean(),
  isSpot: z.boolean(),
  usesAvailabilitySet: z.boolean(),
  osSku: text,
  nodeImage: text,
  maxSurge: text,
  maxUnavailable: text,
  drainTimeoutMinutes: count,
  soakMinutes: count,
  undrainable: z.enum(["Schedule", "Cordon"]),
  subnet: text.optional(),
  addressesPerNode: count.optional(),
});

const node = z.strictObject({
  name: text,
  pool: text,
  version: text,
  labels: texts,
  taints: z.array(z.strictObject({ key: text, value: text, effect: text })),
  isReady: z.boolean(),
  isSchedulable: z.boolean(),
  pressures: z.array(text),
  allocatable: resources.extend({ pods: count }),
});

const container = z.strictObject({
  name: text,
  image: text,
  hasReadiness: z.boolean(),
  hasRequests: z.boolean(),
  requests: resources.optional(),
  limits: resources.optional(),
  probes: z
    .strictObject({ startup: probe.optional(), liveness: probe.optional(), readiness: probe.optional() })
    .optional(),
});

const pod = z.strictObject({
  ...named,
  node: text.optional(),
  phase: text,
  isReady: z.boolean(),
  isTerminating: z.boolean(),
  labels: texts,
  owner: owner.optional(),
  isMirror: z.boolean(),
  requests: resources,
  graceSeconds: count,
  nodeSelector: texts,
  nodeTerms: z.array(z.array(requirement)),
  tolerations: z.array(
    z.strictObject({
      key: text.optional(),
      operator: text.optional(),
      value: text.optional(),
      effect: text.optional(),
    }),
  ),
  apartFrom: z.array(z.strictObject({ topologyKey: text, selector })),
  zones: z.array(text),
  scratchVolumes: z.array(text),
  hostPaths: z.array(text),
  isSafeToEvict: z.boolean(),
  startSeconds: z.number().min(0).optional(),
  spread: z.array(z.strictObject({ topologyKey: text, maxSkew: count, selector })).optional(),
  containers: z.array(container),
});

export const factsSchema = z.strictObject({
  takenAt: text,
  location: z.string().default(""),
  version: text,
  reachable: z.array(text),
  provisioningState: text,
  isStopped: z.boolean(),
  settings,
  pools: z.array(pool).min(1).max(100),
  nodes: z.array(node).max(mostNodes),
  pods: z.array(pod).max(mostPods),
  workloads: list(z.strictObject({ ...owner.shape, ...named, replicas: count, minReadySeconds: count, labels: texts })),
  budgets: list(
    z.strictObject({
      ...named,
      labels: texts,
      selector: selector.optional(),
      minAvailable: text.optional(),
      maxUnavailable: text.optional(),
      unhealthyPolicy: text,
    }),
  ),
  services: list(z.strictObject({ ...named, selector: texts })),
  autoscalers: list(z.strictObject({ ...named, target: owner, currentReplicas: count, maxReplicas: count })),
  webhooks: list(
    z.strictObject({
      kind: z.enum(["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"]),
      configuration: text,
      name: text,
      failurePolicy: text,
      timeoutSeconds: count,
      service: z.strictObject(named).optional(),
      coversPods: z.boolean(),
    }),
  ),
  writes: list(z.strictObject({ kind: text, ...named, apiVersion: text, by: text })),
  deprecatedCalls: list(z.strictObject({ apiVersion: text, resource: text, removedIn: text })).optional(),
});
