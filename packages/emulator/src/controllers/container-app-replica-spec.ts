import type { Configuration } from "../world/container-apps/configuration.ts";
import type { Environment, ResourceAddress } from "../world/container-apps/environment.ts";
import type { AppReplicaSpec } from "./container-app-replica.ts";
import type { Revision } from "./container-app-revision.ts";

/** As much of an app as its replicas have to know. */
interface ReplicaOwner {
  readonly address: ResourceAddress;
  readonly environment: Environment;
  readonly configuration: Configuration;
  readonly domain: string;
}

/** What a new replica of the revision is made of, but for its name: secrets are those of this moment. */
export function replicaSpecOf(app: ReplicaOwner, revision: Revision, node: number): Omit<AppReplicaSpec, "name"> {
  const { ingress, secrets } = app.configuration;
  const { template } = revision;
  const port = ingress?.targetPort;
  return {
    revision: revision.name,
    containers: template.containers,
    initContainers: template.initContainers,
    targetPort: port,
    graceMs: (template.terminationGraceSeconds ?? 30) * 1_000,
    env: {
      CONTAINER_APP_NAME: app.address.name,
      CONTAINER_APP_REVISION: revision.name,
      CONTAINER_APP_ENV_DNS_SUFFIX: app.environment.defaultDomain,
      ...(ingress ? { CONTAINER_APP_HOSTNAME: `${revision.name}.${app.domain}` } : {}),
      ...(port === undefined ? {} : { CONTAINER_APP_PORT: String(port) }),
    },
    secrets: new Map(secrets.map((secret) => [secret.name, secret.value ?? ""])),
    scope: app.environment.address.name,
    node,
  };
}
