import type { Cluster } from "../../cluster.ts";
import type { KubeObject } from "../../objects.ts";
import { isRecord, recordAt, sameJson, stringMapAt } from "../json.ts";
import { fill, recordIn, recordsIn } from "./fill.ts";
import { setTemplateDefaults } from "./pods.ts";

/** Defaults of kubernetes: pkg/apis/batch/v1/defaults.go. */

const mostInt32 = 2_147_483_647;

export function setJobDefaults(draft: KubeObject): void {
  const spec = recordIn(draft, "spec");
  if (spec["completions"] === undefined && spec["parallelism"] === undefined) fill(spec, { completions: 1 });
  fill(spec, {
    parallelism: 1,
    backoffLimit: spec["backoffLimitPerIndex"] === undefined ? 6 : mostInt32,
    completionMode: "NonIndexed",
    suspend: false,
    manualSelector: false,
    podReplacementPolicy: spec["podFailurePolicy"] === undefined ? "TerminatingOrFailed" : "Failed",
  });
  if (isRecord(spec["podFailurePolicy"])) {
    for (const rule of recordsIn(spec["podFailurePolicy"], "rules")) {
      for (const pattern of recordsIn(rule, "onPodConditions")) {
        // Go writes an absent one as "".
        if (!pattern["status"]) pattern["status"] = "True";
      }
    }
  }
  const labels = stringMapAt(spec, "template", "metadata", "labels");
  if (Object.keys(draft.metadata.labels ?? {}).length === 0 && Object.keys(labels).length > 0) {
    draft.metadata.labels = { ...labels };
  }
  setTemplateDefaults(spec);
}

export function setCronJobDefaults(draft: KubeObject): void {
  const spec = recordIn(draft, "spec");
  fill(spec, {
    concurrencyPolicy: "Allow",
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  });
  if (!isRecord(spec["jobTemplate"])) return;
  const jobSpec = recordIn(spec["jobTemplate"], "spec");
  if (isRecord(jobSpec["template"])) fill(jobSpec["template"], { metadata: {} });
  setTemplateDefaults(jobSpec);
}

/** Labels that say to which job a pod belongs, and the older names of both. */
const uidLabels = ["batch.kubernetes.io/controller-uid", "controller-uid"];
const nameLabels = ["batch.kubernetes.io/job-name", "job-name"];

/**
 * A job finds its pods by its own uid, which it therefore has before it is stored.
 * Source: kubernetes/kubernetes pkg/registry/batch/job/strategy.go generateSelector.
 */
export function generateJobSelector(job: KubeObject, { world, store }: Pick<Cluster, "world" | "store">): KubeObject {
  const spec = recordAt(job, "spec");
  if (spec["manualSelector"] === true) return job;
  const uid = world.random
    .stream(`job-uid/${store.version}/${job.metadata.namespace ?? ""}/${job.metadata.name}`)
    .uuid();
  const template = recordAt(spec, "template");
  const labels = {
    ...stringMapAt(template, "metadata", "labels"),
    ...Object.fromEntries(uidLabels.map((label) => [label, uid])),
    ...Object.fromEntries(nameLabels.map((label) => [label, job.metadata.name])),
  };
  // Without labels of its own it takes those of its template, the generated ones too.
  const ownLabels = job.metadata.labels ?? {};
  const takesAll = sameJson(ownLabels, stringMapAt(template, "metadata", "labels"));
  return {
    ...job,
    metadata: { ...job.metadata, uid, ...(takesAll ? { labels } : {}) },
    spec: {
      ...spec,
      selector: { matchLabels: { "batch.kubernetes.io/controller-uid": uid } },
      template: { ...template, metadata: { ...recordAt(template, "metadata"), labels } },
    },
  };
}
