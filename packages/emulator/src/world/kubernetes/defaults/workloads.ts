import type { KubeObject } from "../../objects.ts";
import { fill, recordIn } from "./fill.ts";
import { setTemplateDefaults } from "./pods.ts";

/** Defaults of kubernetes: pkg/apis/apps/v1/defaults.go. */

export function setDeploymentDefaults(draft: KubeObject): void {
  const spec = recordIn(draft, "spec");
  fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
  const strategy = recordIn(spec, "strategy");
  fill(strategy, { type: "RollingUpdate" });
  if (strategy["type"] === "RollingUpdate") {
    fill(recordIn(strategy, "rollingUpdate"), { maxUnavailable: "25%", maxSurge: "25%" });
  }
  setTemplateDefaults(spec);
}

export function setReplicaSetDefaults(draft: KubeObject): void {
  const spec = recordIn(draft, "spec");
  fill(spec, { replicas: 1 });
  setTemplateDefaults(spec);
}
