import type { Base, Condition, LabelSelector } from "./meta-types.ts";

export interface HorizontalPodAutoscaler extends Base {
  spec: {
    scaleTargetRef: ScaleTarget;
    minReplicas?: number;
    maxReplicas: number;
    metrics?: MetricSpec[];
    behavior?: AutoscalerBehavior;
  };
  status?: AutoscalerStatus;
}

export interface AutoscalerStatus {
  currentReplicas?: number;
  desiredReplicas?: number;
  lastScaleTime?: string;
  currentMetrics?: MetricStatus[] | null;
  conditions?: Condition[];
}

export interface AutoscalerBehavior {
  scaleUp?: ScalingRules;
  scaleDown?: ScalingRules;
}

export interface ScalingRules {
  stabilizationWindowSeconds?: number;
  selectPolicy?: string;
  policies?: { type: string; value: number; periodSeconds: number }[];
  /** From Kubernetes 1.35. */
  tolerance?: string | number;
}

export interface ScaleTarget {
  apiVersion?: string;
  kind?: string;
  name: string;
}

export interface MetricTarget {
  type: string;
  value?: string | number;
  averageValue?: string | number;
  averageUtilization?: number;
}

export interface MetricIdentifier {
  name: string;
  selector?: LabelSelector;
}

export type MetricSpec =
  | { type: "Resource"; resource: { name: string; target: MetricTarget } }
  | { type: "ContainerResource"; containerResource: { name: string; container: string; target: MetricTarget } }
  | { type: "Pods"; pods: { metric: MetricIdentifier; target: MetricTarget } }
  | { type: "Object"; object: { metric: MetricIdentifier; describedObject: ScaleTarget; target: MetricTarget } }
  | { type: "External"; external: { metric: MetricIdentifier; target: MetricTarget } };

/** An empty `type`: the metric could not be had. */
export interface MetricStatus {
  type: string;
  [source: string]: unknown;
}
