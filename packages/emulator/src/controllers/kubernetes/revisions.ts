import { claimObjects } from "./adoption.ts";
import type { ControlPlane } from "./control-plane.ts";
import { deleteOrMark } from "./delete-or-mark.ts";
import { controllerReference, controllerRevisions, createObject, type Kind, updateObject } from "./kinds.ts";
import type { Base, LabelSelector } from "./meta-types.ts";
import type { PodTemplate } from "./pod-types.ts";
import { canonicalTemplate, templateHash } from "./template-hash.ts";
import type { ControllerRevision } from "./workload-types.ts";

/** What a StatefulSet and a DaemonSet have in common here. */
export interface Revised extends Base {
  spec: { selector: LabelSelector; template: PodTemplate; revisionHistoryLimit?: number };
  status?: { collisionCount?: number };
}

export interface RevisionRules<T> {
  readonly of: Kind<T>;
  /** The label of a revision that has its hash. */
  readonly hashLabel: string;
}

export const podRevisionLabel = "controller-revision-hash";

/** The revisions of a workload, oldest first; those that nobody controls any more become its own. */
export function revisionsOf<T extends Revised>(plane: ControlPlane, of: Kind<T>, owner: T): ControllerRevision[] {
  const { selector } = owner.spec;
  const own = claimObjects(plane, controllerRevisions, { of, owner, selector });
  return own.toSorted((a, b) => a.revision - b.revision);
}

/**
 * The revision of the template as it is now: the last one, an old one that comes back with the next number, or a new
 * one. Source: kubernetes/kubernetes pkg/controller/statefulset getStatefulSetRevisions, pkg/controller/history.
 */
export function currentRevision<T extends Revised>(
  plane: ControlPlane,
  { of, hashLabel }: RevisionRules<T>,
  owner: T,
): ControllerRevision {
  const known = revisionsOf(plane, of, owner);
  const last = known.at(-1);
  const template = canonicalTemplate(owner.spec.template);
  const equal = known.findLast((one) => templateOf(one) === template);
  if (equal && equal === last) return equal;
  const revision = (last?.revision ?? 0) + 1;
  if (equal) return updateObject(plane.store, controllerRevisions, equal, (one) => ({ ...one, revision })) ?? equal;
  return newRevision(plane, { of, hashLabel }, owner, revision);
}

export function revisionHash(owner: Base, revision: ControllerRevision): string {
  return revision.metadata.name.slice(owner.metadata.name.length + 1);
}

/** The template that a revision keeps. */
export function revisionTemplate({ data }: ControllerRevision): PodTemplate {
  const { $patch: _, ...template } = data.spec.template;
  return template;
}

/** Revisions that nothing uses go, the oldest first, until `revisionHistoryLimit` (10) are left. */
export function pruneRevisions<T extends Revised>(
  plane: ControlPlane,
  of: Kind<T>,
  owner: T,
  used: ReadonlySet<string>,
): void {
  const unused = revisionsOf(plane, of, owner).filter(({ metadata }) => !used.has(metadata.name));
  const surplus = unused.length - (owner.spec.revisionHistoryLimit ?? 10);
  for (const one of unused.slice(0, Math.max(0, surplus))) deleteOrMark(plane, controllerRevisions, one);
}

/** Under another name while that of the hash is taken by something else. */
function newRevision<T extends Revised>(
  plane: ControlPlane,
  { of, hashLabel }: RevisionRules<T>,
  owner: T,
  revision: number,
): ControllerRevision {
  const { name, namespace, annotations } = owner.metadata;
  const { template } = owner.spec;
  for (let collisions = owner.status?.collisionCount ?? 0; ; collisions++) {
    const hash = templateHash(template, collisions);
    const created = createObject<ControllerRevision>(plane.store, controllerRevisions, {
      metadata: {
        name: `${name}-${hash}`,
        ...(namespace === undefined ? {} : { namespace }),
        labels: { ...template.metadata?.labels, [hashLabel]: hash },
        ...(annotations ? { annotations } : {}),
        ownerReferences: [controllerReference(of, owner)],
      },
      data: { spec: { template: { ...template, $patch: "replace" } } },
      revision,
    });
    if (created) return created;
  }
}

/** Stored objects never change in place, and every reconcile compares all revisions. */
const canonicalTexts = new WeakMap<ControllerRevision["data"], string>();

function templateOf(revision: ControllerRevision): string {
  const known = canonicalTexts.get(revision.data) ?? canonicalTemplate(revisionTemplate(revision));
  canonicalTexts.set(revision.data, known);
  return known;
}
