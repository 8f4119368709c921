import type { TypeTable } from "./type-table.ts";

const object = { apiVersion: "string", kind: "string", metadata: "V1ObjectMeta" };
const parentReference = {
  group: "string",
  kind: "string",
  namespace: "string",
  name: "string!",
  sectionName: "string",
  port: "integer",
};
const backendReference = { group: "string", kind: "string", name: "string!", namespace: "string", port: "integer" };

/**
 * Kinds that come as custom resources on AKS. Gateway API: v1.4 standard channel, gateway-api/apis/v1/*_types.go.
 * KEDA: 2.18, apis/keda/v1alpha1. Dapr: 1.16, charts/dapr/crds/components.yaml.
 */
export const customTypes: TypeTable = {
  GatewayClass: { ...object, spec: "GatewayClassSpec!", status: "GatewayClassStatus" },
  GatewayClassSpec: { controllerName: "string!", parametersRef: "GatewayParametersReference", description: "string" },
  GatewayClassStatus: { conditions: "V1Condition[]", supportedFeatures: "any" },
  GatewayParametersReference: { group: "string!", kind: "string!", name: "string!", namespace: "string" },
  Gateway: { ...object, spec: "GatewaySpec!", status: "GatewayStatus" },
  GatewaySpec: {
    gatewayClassName: "string!",
    listeners: "GatewayListener[]!",
    addresses: "GatewayAddress[]",
    infrastructure: "any",
    allowedListeners: "any",
    tls: "any",
  },
  GatewayListener: {
    name: "string!",
    hostname: "string",
    port: "integer!",
    protocol: "string!",
    tls: "any",
    allowedRoutes: "any",
  },
  GatewayAddress: { type: "string", value: "string" },
  GatewayStatus: {
    addresses: "GatewayAddress[]",
    conditions: "V1Condition[]",
    listeners: "GatewayListenerStatus[]",
    attachedListenerSets: "integer",
  },
  GatewayListenerStatus: {
    name: "string!",
    supportedKinds: "any",
    attachedRoutes: "integer!",
    conditions: "V1Condition[]!",
  },
  HTTPRoute: { ...object, spec: "HTTPRouteSpec!", status: "HTTPRouteStatus" },
  HTTPRouteSpec: { parentRefs: "RouteParentReference[]", hostnames: "string[]", rules: "HTTPRouteRule[]" },
  RouteParentReference: parentReference,
  HTTPRouteRule: {
    name: "string",
    matches: "HTTPRouteMatch[]",
    filters: "any",
    backendRefs: "HTTPBackendRef[]",
    timeouts: "HTTPRouteTimeouts",
    retry: "any",
    sessionPersistence: "any",
  },
  HTTPRouteMatch: {
    path: "HTTPPathMatch",
    headers: "HTTPNameMatch[]",
    queryParams: "HTTPNameMatch[]",
    method: "string",
  },
  HTTPPathMatch: { type: "string", value: "string" },
  HTTPNameMatch: { type: "string", name: "string!", value: "string!" },
  HTTPBackendRef: { ...backendReference, weight: "integer", filters: "any" },
  HTTPRouteTimeouts: { request: "string", backendRequest: "string" },
  HTTPRouteStatus: { parents: "RouteParentStatus[]!" },
  RouteParentStatus: {
    parentRef: "RouteParentReference!",
    controllerName: "string!",
    conditions: "V1Condition[]",
  },
  ScaledObject: { ...object, spec: "ScaledObjectSpec!", status: "any" },
  ScaledObjectSpec: {
    scaleTargetRef: "ScaleTarget!",
    pollingInterval: "integer",
    initialCooldownPeriod: "integer",
    cooldownPeriod: "integer",
    idleReplicaCount: "integer",
    minReplicaCount: "integer",
    maxReplicaCount: "integer",
    advanced: "ScaledObjectAdvanced",
    triggers: "ScaleTrigger[]!",
    fallback: "ScaledObjectFallback",
  },
  ScaleTarget: { name: "string!", apiVersion: "string", kind: "string", envSourceContainerName: "string" },
  ScaledObjectAdvanced: {
    horizontalPodAutoscalerConfig: "ScaledObjectHpaConfig",
    restoreToOriginalReplicaCount: "boolean",
    scalingModifiers: "any",
  },
  ScaledObjectHpaConfig: { behavior: "V2HorizontalPodAutoscalerBehavior", name: "string" },
  ScaledObjectFallback: { failureThreshold: "integer!", replicas: "integer!", behavior: "string" },
  ScaleTrigger: {
    type: "string!",
    name: "string",
    useCachedMetrics: "boolean",
    metadata: "{string}!",
    authenticationRef: "ScaleAuthenticationReference",
    metricType: "string",
  },
  ScaleAuthenticationReference: { name: "string!", kind: "string" },
  TriggerAuthentication: { ...object, spec: "any", status: "any" },
  DaprComponent: { ...object, spec: "DaprComponentSpec", auth: "DaprAuth", scopes: "string[]" },
  DaprComponentSpec: {
    type: "string!",
    version: "string!",
    metadata: "DaprMetadata[]!",
    ignoreErrors: "boolean",
    initTimeout: "string",
  },
  DaprMetadata: { name: "string!", value: "any", secretKeyRef: "DaprSecretKeyReference", envRef: "string" },
  DaprSecretKeyReference: { name: "string!", key: "string" },
  DaprAuth: { secretStore: "string!" },
};
