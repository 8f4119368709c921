import { managedLabels } from "../names.ts";
import type { Manifest } from "./manifest.ts";

/** Where public routes attach. */
export interface GatewaySettings {
  readonly name: string;
  readonly namespace: string;
  /** Absent: the Gateway is somebody else's, and is used as it is. */
  readonly create?: { readonly className: string; readonly annotations: Readonly<Record<string, string>> };
}

export interface GatewayOptions {
  /** An existing Gateway. Default: one called `fairway` is made in the target's namespace. */
  readonly name?: string;
  /** Default: the target's namespace. */
  readonly namespace?: string;
  /** GatewayClass of the Gateway that is made. Default `azure-alb-external`: Application Gateway for Containers. */
  readonly className?: string;
  /** Of the Gateway that is made, e.g. `alb.networking.azure.io/alb-name`. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Public host names are `<app>.<namespace>.<domain>` for apps that name none. Default: the cluster's own domain. */
  readonly domain?: string;
}

export function gatewaySettings(options: GatewayOptions, namespace: string): GatewaySettings {
  if (options.name !== undefined) return { name: options.name, namespace: options.namespace ?? namespace };
  const className = options.className ?? "azure-alb-external";
  return { name: "fairway", namespace, create: { className, annotations: options.annotations ?? {} } };
}

/** Shared by all apps of the namespace, so it carries no app's labels. */
export function renderGateway(settings: GatewaySettings): Manifest[] {
  if (!settings.create) return [];
  return [
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "Gateway",
      metadata: {
        name: settings.name,
        namespace: settings.namespace,
        labels: managedLabels,
        ...(Object.keys(settings.create.annotations).length > 0 ? { annotations: settings.create.annotations } : {}),
      },
      spec: {
        gatewayClassName: settings.create.className,
        listeners: [{ name: "http", port: 80, protocol: "HTTP", allowedRoutes: { namespaces: { from: "Same" } } }],
      },
    },
  ];
}
