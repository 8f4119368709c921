/** Names and labels of everything that belongs to an app. One rule each, so that any process finds what another one made. */

/** Owner of our fields in server-side apply: what an app's description says. */
export const fieldManager = "fairway";
/** Owner of what changes while the app runs: replicas, in service or not. Kept apart, so that a deploy never resets it. */
export const runtimeFieldManager = "fairway-runtime";

export const appLabel = "fairway.dev/app";
export const revisionLabel = "fairway.dev/revision";
/** On a route of its own: the label that gives one revision an address. */
export const routeLabel = "fairway.dev/label";

/** On the Deployment of a revision: the app as it was described, without its secrets. Scaling and activating need it. */
export const descriptionAnnotation = "fairway.dev/description";
/** On the Deployment of a revision: when it was first applied, in milliseconds, which creationTimestamp does not have. */
export const createdAnnotation = "fairway.dev/created-at";
/** On the Deployment of a revision: `true` when it was taken out of service and waits for a roll-back. */
export const inactiveAnnotation = "fairway.dev/inactive";

/** On everything that Fairway makes. */
export const managedLabels = { "app.kubernetes.io/managed-by": "fairway" };

export function appLabels(app: string): Record<string, string> {
  return { "app.kubernetes.io/name": app, ...managedLabels, [appLabel]: app };
}

export function revisionLabels(app: string, revision: string): Record<string, string> {
  return { ...appLabels(app), [revisionLabel]: revision };
}

/** What the selectors of a revision's Service, budget and spread match. */
export function revisionSelector(revision: string): Record<string, string> {
  return { [revisionLabel]: revision };
}

/** The route of a label: `payment-api---canary`. Three hyphens, as Container Apps does; no app or revision has three. */
export function labelRouteName(app: string, label: string): string {
  return `${app}---${label}`;
}

/** `payment-api.payments.example.com` with label `canary` is `payment-api---canary.payments.example.com`. */
export function labelHost(host: string, label: string): string {
  const [first, ...rest] = host.split(".");
  return [`${first}---${label}`, ...rest].join(".");
}
