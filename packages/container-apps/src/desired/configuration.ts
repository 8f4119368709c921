import type { Configuration, Dapr, Ingress } from "@azure/arm-appcontainers";
import { approximated, ignored, type NotEquivalent } from "@fairway/core";
import type { App } from "@fairway/model";

/**
 * Everything of an app that its revisions share, but for the traffic: that is runtime state, and only `shift` and a
 * first deploy write it. `cleared` members remove what the app may have had before.
 */
export function configurationOf(app: App, historyLimit: number): Configuration {
  return {
    activeRevisionsMode: splitsTraffic(app) ? "Multiple" : "Single",
    maxInactiveRevisions: Math.min(historyLimit, maxInactiveRevisionsMax),
    ingress: splitsTraffic(app) ? ingressOf(app) : cleared,
    dapr: app.dapr ? daprOf(app, app.dapr) : cleared,
    secrets: Object.entries(app.secrets).map(([name, value]) => ({ name, value })),
  };
}

/** Without ingress there is nothing to weigh: the new revision replaces the old one, as Single mode does it. */
export function splitsTraffic({ ingress }: App): boolean {
  return ingress.exposure !== "none";
}

export function configurationRemarks(app: App): NotEquivalent[] {
  const { exposure, sticky, host, transport } = app.ingress;
  if (exposure === "none") {
    return [
      approximated("ingress.exposure", "Without ingress a new revision replaces the old one as soon as it is ready."),
    ];
  }
  return [
    ...(sticky ? [ignored("ingress.sticky", "Affinity needs a single revision; here several share the traffic.")] : []),
    ...(host === undefined ? [] : [ignored("ingress.host", "The environment gives the app its host name.")]),
    ...(transport === "tcp" ? [approximated("ingress.transport", "Weights hold for HTTP only, not for TCP.")] : []),
  ];
}

// Microsoft.App: default 100, and the most that there is.
const maxInactiveRevisionsMax = 100;

/** On the wire null, which removes (RFC 7396); the client's types know only absent, which keeps. */
const cleared = null as never;

function ingressOf({ ingress, port }: App): Ingress {
  return {
    external: ingress.exposure === "public",
    targetPort: port,
    transport: ingress.transport,
    // Inside the environment apps call each other as http://<name>; without this they are sent to https.
    allowInsecure: ingress.exposure === "internal",
  };
}

function daprOf(app: App, dapr: NonNullable<App["dapr"]>): Dapr {
  return { enabled: true, appId: dapr.appId ?? app.name, appPort: dapr.port ?? app.port, appProtocol: dapr.protocol };
}
