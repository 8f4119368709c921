import type { ControlPlane } from "./control-plane.ts";
import {
  controlledObjects,
  controllerOf,
  controllerReference,
  indexedObjects,
  type Kind,
  listObjects,
  updateObject,
} from "./kinds.ts";
import type { Base, LabelSelector } from "./meta-types.ts";
import { matchesSelector } from "./selectors.ts";

/** Who takes objects by a selector. */
export interface Claimant<T> {
  readonly of: Kind<T>;
  readonly owner: T;
  readonly selector: LabelSelector | undefined;
}

/**
 * What an owner controls, after it has taken the objects that nobody controls and that its selector matches, and let go
 * those that it no longer matches; what does not `count` is left alone. Source: kubernetes/kubernetes pkg/controller
 * controller_ref_manager.go.
 */
export function claimObjects<C extends Base, T extends Base>(
  { store }: ControlPlane,
  children: Kind<C>,
  { of, owner, selector }: Claimant<T>,
  counts: (child: C) => boolean = () => true,
): C[] {
  if (owner.metadata.deletionTimestamp !== undefined) return controlledObjects(store, children, owner);
  const matches = (child: C): boolean => matchesSelector(selector, child.metadata.labels);
  for (const child of controlledObjects(store, children, owner)) {
    if (counts(child) && !matches(child)) updateObject(store, children, child, (current) => released(current, owner));
  }
  for (const child of orphansOf(store, children, owner.metadata.namespace)) {
    if (child.metadata.deletionTimestamp !== undefined || !counts(child) || !matches(child)) continue;
    const reference = controllerReference(of, owner);
    updateObject(store, children, child, (current) => adopted(current, reference));
  }
  return controlledObjects(store, children, owner);
}

/** Owners of one kind whose selector matches an object that nobody controls. */
export function possibleOwners<T extends Base & { spec?: { selector?: LabelSelector } }>(
  { store }: ControlPlane,
  of: Kind<T>,
  orphan: Base,
  selectorOf: (owner: T) => LabelSelector | undefined = ({ spec }) => spec?.selector,
): T[] {
  if (controllerOf(orphan)) return [];
  const owners = listObjects(store, of, orphan.metadata.namespace ?? "");
  return owners.filter((owner) => matchesSelector(selectorOf(owner), orphan.metadata.labels));
}

function orphansOf<C extends Base>(store: ControlPlane["store"], of: Kind<C>, namespace = ""): C[] {
  const keysOf = (object: C): string[] => (controllerOf(object) ? [] : [object.metadata.namespace ?? ""]);
  return indexedObjects(store, of, { name: "orphans", keysOf }, namespace);
}

function adopted<C extends Base>(child: C, reference: ReturnType<typeof controllerReference>): C {
  const others = (child.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== reference.uid);
  return { ...child, metadata: { ...child.metadata, ownerReferences: [...others, reference] } };
}

function released<C extends Base>(child: C, owner: Base): C {
  const { ownerReferences = [], ...metadata } = child.metadata;
  const left = ownerReferences.filter(({ uid }) => uid !== owner.metadata.uid);
  return { ...child, metadata: left.length > 0 ? { ...metadata, ownerReferences: left } : metadata };
}
