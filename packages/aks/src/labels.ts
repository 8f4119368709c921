import type { OperationContext } from "@fairway/core";
import { FairwayError } from "@fairway/model";
import { findRevision, readExistingApp } from "./app-state.ts";
import type { AksContext } from "./context.ts";
import { renderLabelRoute } from "./manifests/route.ts";
import { labelRouteName } from "./names.ts";
import { waitUntilReady } from "./readiness.ts";
import { activate } from "./revision-writes.ts";
import { changeRoute, waitUntilProgrammed } from "./routing.ts";

/** Gives a revision an address of its own: the app's host name with `---<label>` after its first part. */
export async function setLabel(
  context: AksContext,
  target: { readonly app: string; readonly label: string; readonly revision: string },
  operation: OperationContext,
): Promise<void> {
  const { app, label, revision } = target;
  checkLabel(app, label);
  const state = await readExistingApp(context.kubernetes, app);
  const found = findRevision(state, revision);
  const host = state.route?.spec.hostnames?.[0];
  if (host === undefined) throw notPublic(app);
  if (!found.isActive) {
    await activate(context, found);
    await waitUntilReady(context, revision, operation);
  }
  const route = await changeRoute(context, labelRouteName(app, label), () =>
    renderLabelRoute(
      { app, label, revision },
      { namespace: context.kubernetes.namespace, gateway: context.gateway, host },
    ),
  );
  if (route) await waitUntilProgrammed(context, route, operation);
}

export async function removeLabel(context: AksContext, app: string, label: string): Promise<void> {
  checkLabel(app, label);
  await context.kubernetes.remove({
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    name: labelRouteName(app, label),
  });
}

/** `<app>---<label>` must be one part of a host name, which has at most 63 characters. */
function checkLabel(app: string, label: string): void {
  const isShort = labelRouteName(app, label).length <= 63;
  if (/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(label) && !label.includes("--") && isShort) return;
  throw new FairwayError("traffic-invalid", `"${label}" cannot be a label of ${app}.`, {
    hint: `Use a-z, 0-9 and single hyphens, at most ${60 - app.length} characters.`,
    path: "label",
  });
}

function notPublic(app: string): FairwayError {
  return new FairwayError("not-supported", `App ${app} has no public host name, so a label gives no address.`, {
    hint: "Set ingress.exposure to public. Inside the cluster each revision has a Service of its own name already.",
  });
}
