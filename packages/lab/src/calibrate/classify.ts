import type { ChanceName, DurationName } from "@fairway/emulator";
import { z } from "zod";
import type { LoggedOperation } from "./pair-events.ts";

export type Kind =
  | { readonly kind: "entry"; readonly name: DurationName; readonly chance?: ChanceName }
  /** It is known, but tells nothing of one entry alone. */
  | { readonly kind: "unclear"; readonly why: string }
  | { readonly kind: "unknown" };

/** Says which entry of the calibration an operation tells of. Asked in the order of their begin. */
export class Classifier {
  /** What was last sent for a resource. */
  readonly #known = new Map<string, Content>();

  kindOf(operation: LoggedOperation): Kind {
    const [, type = "", verb = ""] = /^[^/]+\/(.+?)\/(write|delete|[a-z]+\/action)$/.exec(operation.operation) ?? [];
    const kind = this.#kindOf(type, verb, operation);
    if (verb === "write" && operation.succeeded) this.#remember(operation);
    if (verb === "delete" && operation.succeeded) this.#known.delete(operation.resourceId);
    return kind;
  }

  #kindOf(type: string, verb: string, operation: LoggedOperation): Kind {
    const simple = simpleEntries[`${type}/${verb}`];
    if (simple) return entry(simple);
    switch (`${type}/${verb}`) {
      case "managedclusters/write":
        return this.#clusterWrite(operation);
      case "managedclusters/agentpools/write":
        return this.#poolWrite(operation);
      case "containerapps/write":
        return this.#write(operation, "containerApps.create", "containerApps.update", patchOfApp);
      case "jobs/write":
        return this.#write(operation, "jobs.create", "jobs.update", () => entry("jobs.patch"));
      case "managedenvironments/write":
        return this.#write(operation, "managedEnvironments.create", "managedEnvironments.update", patchOfEnvironment);
      case "managedclusters/start/action":
        return unclear("starts of clusters: most of their time is that of nodes");
      default:
        return { kind: "unknown" };
    }
  }

  #write(operation: LoggedOperation, create: DurationName, update: DurationName, patch: (body: unknown) => Kind): Kind {
    if (operation.method === "PATCH") return patch(operation.body);
    return entry(this.#known.has(operation.resourceId) || operation.statusCode === "OK" ? update : create);
  }

  #clusterWrite({ method, statusCode, body, resourceId }: LoggedOperation): Kind {
    if (method === "PATCH") return entry("managedClusters.updateTags");
    if (statusCode === "Created") return entry("managedClusters.create");
    const [before, now] = [this.#known.get(resourceId), contentOf(body)];
    if (!before || !now) return unclear("writes of clusters whose change the log does not show");
    const pools = (now.pools ?? []).filter(({ name }) => name !== undefined);
    const old = (name = ""): Content | undefined => this.#known.get(poolId(resourceId, name));
    const poolsAreSame = pools.every((pool) => !differ(old(pool.name), pool));
    if (isOther(before.version, now.version)) {
      return poolsAreSame
        ? { kind: "entry", name: "controlPlane.upgrade", chance: "controlPlane.upgradeFails" }
        : unclear("upgrades of a control plane together with its pools");
    }
    return poolsAreSame ? entry("managedClusters.update.settings") : unclear("changes of pools through their cluster");
  }

  #poolWrite({ statusCode, body, resourceId }: LoggedOperation): Kind {
    if (statusCode === "Created") return entry("agentPools.create");
    const [before, now] = [this.#known.get(resourceId), contentOf(body)];
    if (now?.power === "Stopped") return entry("agentPools.stop");
    if (!before || !now) return unclear("writes of pools whose change the log does not show");
    if (isOther(before.version, now.version))
      return unclear("upgrades of pools: their time is that of nodes and drains");
    return differ(before, now) ? unclear("pools that were scaled") : entry("agentPools.update.settings");
  }

  #remember({ resourceId, body, method }: LoggedOperation): void {
    const before = this.#known.get(resourceId);
    const now = method === "PATCH" ? undefined : contentOf(body);
    this.#known.set(resourceId, { ...before, ...now });
    for (const pool of now?.pools ?? []) {
      const id = poolId(resourceId, pool.name ?? "");
      this.#known.set(id, { ...this.#known.get(id), ...pool });
    }
  }
}

const simpleEntries: Readonly<Record<string, DurationName>> = {
  "managedclusters/delete": "managedClusters.delete",
  "managedclusters/stop/action": "managedClusters.stop",
  "managedclusters/abort/action": "managedClusters.abort",
  "managedclusters/runcommand/action": "managedClusters.runCommand",
  "managedclusters/rotateclustercertificates/action": "managedClusters.rotateCertificates",
  "managedclusters/agentpools/delete": "agentPools.delete",
  "containerapps/delete": "containerApps.delete",
  "containerapps/start/action": "containerApps.startOrStop",
  "containerapps/stop/action": "containerApps.startOrStop",
  "jobs/delete": "jobs.delete",
  "managedenvironments/delete": "managedEnvironments.delete",
};

function patchOfApp(body: unknown): Kind {
  const parsed = z.looseObject({ properties: z.looseObject({}).optional() }).safeParse(body);
  if (!parsed.success) return unclear("changes of apps that the log does not show");
  const hasTemplate = Object.hasOwn(parsed.data.properties ?? {}, "template");
  return entry(hasTemplate ? "containerApps.patch.template" : "containerApps.patch.configuration");
}

function patchOfEnvironment(body: unknown): Kind {
  const isEmpty = typeof body !== "object" || body === null || Object.keys(body).length === 0;
  return entry(isEmpty ? "managedEnvironments.patch.empty" : "managedEnvironments.update");
}

/** What decides what a write of a cluster or a pool does. */
interface Content {
  readonly version?: string;
  readonly count?: number;
  readonly power?: string;
  readonly pools?: readonly (Content & { readonly name?: string })[];
}

const poolShape = z.looseObject({
  orchestratorVersion: z.string().nullish(),
  count: z.number().nullish(),
  powerState: z.looseObject({ code: z.string() }).nullish(),
});

const bodyShape = z.looseObject({
  properties: poolShape.extend({
    kubernetesVersion: z.string().nullish(),
    agentPoolProfiles: z.array(poolShape.extend({ name: z.string().nullish() })).nullish(),
  }),
});

function contentOf(body: unknown): Content | undefined {
  const parsed = bodyShape.safeParse(body);
  if (!parsed.success) return undefined;
  const { kubernetesVersion, agentPoolProfiles, ...own } = parsed.data.properties;
  const version = kubernetesVersion ?? undefined;
  return {
    ...poolContent(own),
    ...(version === undefined ? {} : { version }),
    pools: (agentPoolProfiles ?? []).map((pool) => ({
      ...poolContent(pool),
      ...(pool.name ? { name: pool.name } : {}),
    })),
  };
}

function poolContent({ orchestratorVersion, count, powerState }: z.infer<typeof poolShape>): Content {
  return {
    ...(orchestratorVersion ? { version: orchestratorVersion } : {}),
    ...(typeof count === "number" ? { count } : {}),
    ...(powerState ? { power: powerState.code } : {}),
  };
}

function poolId(clusterId: string, name: string): string {
  return `${clusterId}/agentpools/${name.toLowerCase()}`;
}

function differ(before: Content | undefined, now: Content): boolean {
  if (!before) return true;
  const counts = [before.count, now.count];
  return isOther(before.version, now.version) || (!counts.includes(undefined) && before.count !== now.count);
}

/** `1.34` is the same as `1.34.2`, of which it is short. */
function isOther(before: string | undefined, now: string | undefined): boolean {
  if (before === undefined || now === undefined || before === now) return false;
  return !now.startsWith(`${before}.`) && !before.startsWith(`${now}.`);
}

function entry(name: DurationName): Kind {
  return { kind: "entry", name };
}

function unclear(why: string): Kind {
  return { kind: "unclear", why };
}
