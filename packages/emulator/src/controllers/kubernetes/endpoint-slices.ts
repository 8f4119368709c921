import { sameJson } from "../../world/same-json.ts";
import type { EndpointPort, EndpointSlice, SliceEndpoint } from "./types.ts";

/** kube-controller-manager --max-endpoints-per-slice. */
export const endpointsPerSlice = 100;

/** Endpoints that lead to the same ports. */
export interface EndpointGroup {
  readonly ports: readonly EndpointPort[];
  readonly members: readonly SliceEndpoint[];
}

export interface SliceContent {
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly SliceEndpoint[];
}

/** What is to become of the slices of a service. */
export interface SlicePlan {
  readonly updated: ReadonlyMap<EndpointSlice, SliceContent>;
  readonly created: readonly SliceContent[];
  readonly deleted: readonly EndpointSlice[];
}

/**
 * Which endpoint goes into which slice, with as few slices written as possible: what is there stays where it is, new ones
 * fill up slices that are written anyway, then others with room, then new slices. Source: k8s.io/endpointslice.
 */
export function planSlices(
  existing: readonly EndpointSlice[],
  groups: ReadonlyMap<string, EndpointGroup>,
  keyOfSlice: (slice: EndpointSlice) => string,
): SlicePlan {
  const updated = new Map<EndpointSlice, SliceContent>();
  const created: SliceContent[] = [];
  const deleted = existing.filter((slice) => !groups.has(keyOfSlice(slice)));
  for (const [key, group] of groups) {
    const plan = planGroup(
      existing.filter((slice) => keyOfSlice(slice) === key),
      group,
    );
    for (const [slice, endpoints] of plan.updated) updated.set(slice, { ports: group.ports, endpoints });
    created.push(...plan.created.map((endpoints) => ({ ports: group.ports, endpoints })));
    deleted.push(...plan.deleted);
  }
  return reusing(withPlaceholder({ updated, created, deleted }, existing));
}

interface GroupPlan {
  readonly updated: ReadonlyMap<EndpointSlice, SliceEndpoint[]>;
  readonly created: readonly SliceEndpoint[][];
  readonly deleted: readonly EndpointSlice[];
}

function planGroup(existing: readonly EndpointSlice[], { members }: EndpointGroup): GroupPlan {
  const missing = new Map(members.map((member) => [identityOf(member), member]));
  const updated = new Map<EndpointSlice, SliceEndpoint[]>();
  const untouched: EndpointSlice[] = [];
  const deleted: EndpointSlice[] = [];
  for (const slice of existing) {
    const kept = takeKept(slice.endpoints ?? [], missing);
    if (sameJson(kept, slice.endpoints)) untouched.push(slice);
    else if (kept.length > 0) updated.set(slice, kept);
    else deleted.push(slice);
  }
  const left = [...missing.values()];
  const fullestFirst = [...updated.values()].toSorted((a, b) => b.length - a.length);
  for (const endpoints of fullestFirst) endpoints.push(...left.splice(0, endpointsPerSlice - endpoints.length));
  const created: SliceEndpoint[][] = [];
  while (left.length > 0) {
    const room = left.length < endpointsPerSlice ? fullestWithRoom(untouched, left.length) : undefined;
    if (room) untouched.splice(untouched.indexOf(room), 1);
    const endpoints = [...(room?.endpoints ?? []), ...left.splice(0, endpointsPerSlice)];
    if (room) updated.set(room, endpoints);
    else created.push(endpoints);
  }
  return { updated, created, deleted };
}

/** Those that are still wanted, as they are now. */
function takeKept(endpoints: readonly SliceEndpoint[], missing: Map<string, SliceEndpoint>): SliceEndpoint[] {
  return endpoints.flatMap((old) => {
    const next = missing.get(identityOf(old));
    if (!next) return [];
    missing.delete(identityOf(old));
    return [next];
  });
}

function identityOf({ addresses, targetRef }: SliceEndpoint): string {
  return `${addresses.join()}/${targetRef?.name ?? ""}`;
}

function fullestWithRoom(slices: readonly EndpointSlice[], count: number): EndpointSlice | undefined {
  const size = ({ endpoints }: EndpointSlice): number => endpoints?.length ?? 0;
  return slices.filter((slice) => size(slice) + count <= endpointsPerSlice).toSorted((a, b) => size(b) - size(a))[0];
}

const placeholder: SliceContent = { ports: [], endpoints: [] };

/** A service without endpoints has one empty slice. */
function withPlaceholder(plan: SlicePlan, existing: readonly EndpointSlice[]): SlicePlan {
  const { created, deleted } = plan;
  if (created.length > 0 || deleted.length < existing.length) return plan;
  const [only] = deleted.length === 1 ? deleted : [];
  if (only && !only.endpoints?.length && !only.ports?.length) return { ...plan, deleted: [] };
  return { ...plan, created: [placeholder] };
}

/** Rather than to delete one and make another, the one that is there takes the new content. */
function reusing({ updated, created, deleted }: SlicePlan): SlicePlan {
  const reused = deleted.slice(0, created.length);
  const taken = reused.flatMap((slice, index): [EndpointSlice, SliceContent][] => {
    const content = created[index];
    return content ? [[slice, content]] : [];
  });
  return {
    updated: new Map([...updated, ...taken]),
    created: created.slice(reused.length),
    deleted: deleted.slice(reused.length),
  };
}
