import type { ContainerAppProbe } from "@azure/arm-appcontainers";
import { approximated, type NotEquivalent } from "@fairway/core";
import type { App, Probe } from "@fairway/model";

// Microsoft.App, ContainerAppProbe: failureThreshold 1 to 10, periodSeconds 1 to 240.
const failureThresholdMax = 10;
const periodSecondsMax = 240;

const types = { startup: "Startup", liveness: "Liveness", readiness: "Readiness" } as const;
type ProbeKind = keyof typeof types;

export function probesOf(app: App): ContainerAppProbe[] {
  return kindsOf(app).map(([kind, probe]) => {
    const { failureThreshold, periodSeconds } = patienceOf(probe);
    return {
      type: types[kind],
      httpGet: { path: probe.path, port: probe.port ?? app.port },
      ...(probe.initialDelaySeconds > 0 ? { initialDelaySeconds: probe.initialDelaySeconds } : {}),
      periodSeconds,
      timeoutSeconds: probe.timeoutSeconds,
      failureThreshold,
      successThreshold: probe.successThreshold,
    };
  });
}

export function probeRemarks(app: App): NotEquivalent[] {
  const kinds = kindsOf(app);
  if (kinds.length === 0 && app.ingress.exposure !== "none") {
    return [approximated("probes", "Without any probe, Container Apps adds its own TCP probes on the port.")];
  }
  return kinds.flatMap(([kind, probe]) => {
    const { failureThreshold, periodSeconds } = patienceOf(probe);
    if (failureThreshold === probe.failureThreshold) return [];
    const message = `At most ${failureThresholdMax} failures are allowed: ${probe.failureThreshold} every ${probe.periodSeconds} s become ${failureThreshold} every ${periodSeconds} s.`;
    return [approximated(`probes.${kind}.failureThreshold`, message)];
  });
}

/** Fewer tries further apart, so that the time until the verdict stays what was asked for. */
function patienceOf({ failureThreshold, periodSeconds }: Probe): { failureThreshold: number; periodSeconds: number } {
  if (failureThreshold <= failureThresholdMax) return { failureThreshold, periodSeconds };
  const stretched = Math.ceil((failureThreshold * periodSeconds) / failureThresholdMax);
  return { failureThreshold: failureThresholdMax, periodSeconds: Math.min(periodSecondsMax, stretched) };
}

function kindsOf({ probes }: App): [ProbeKind, Probe][] {
  return (["startup", "liveness", "readiness"] as const).flatMap((kind): [ProbeKind, Probe][] => {
    const probe = probes[kind];
    return probe ? [[kind, probe]] : [];
  });
}
