import { takeTime } from "../../../controllers/managed-cluster.ts";
import { rotateCertificates } from "../../../controllers/managed-cluster-certificates.ts";
import { beginOperation, type OperationSpec } from "../../../controllers/managed-cluster-operation.ts";
import { startManagedCluster, stopManagedCluster } from "../../../controllers/managed-cluster-power.ts";
import type { ArmRequest, ArmResponse } from "../../../world/arm/provider.ts";
import { powerText, refuseWhileBusy, refuseWhileRunning } from "../../../world/container-service/concurrency.ts";
import type { ContainerService } from "../../../world/container-service/environment.ts";
import { refusal } from "../../../world/container-service/errors.ts";
import { missingParameter, RequestBody } from "../../../world/container-service/request-body.ts";
import { runCommand } from "../../../world/container-service/run-command.ts";
import type { ManagedCluster } from "../../../world/container-service/state.ts";
import { clusterView } from "../../../world/container-service/views.ts";
import type { Work } from "../../../world/container-service/work.ts";
import { abort, accepted } from "./clusters-api.ts";
import { credentials, type Kubeconfigs } from "./credentials.ts";
import { resolvePrivateLinkService } from "./network-api.ts";

/** `POST …/managedClusters/{name}/{action}`; undefined when there is no such action. */
export function clusterAction(
  service: ContainerService,
  kubeconfigOf: Kubeconfigs,
  cluster: ManagedCluster,
  request: ArmRequest,
): ArmResponse | undefined {
  switch (request.types[1]) {
    case "listclusterusercredential":
      return credentials(kubeconfigOf, cluster, "clusterUser", request.query.get("format") ?? undefined);
    case "listclusteradmincredential":
      return credentials(kubeconfigOf, cluster, "clusterAdmin");
    case "listclustermonitoringusercredential":
      return credentials(kubeconfigOf, cluster, "clusterMonitoringUser");
    case "abort":
      return abort(service, cluster, cluster, request);
    case "start":
      return start(service, cluster, request);
    case "stop":
      return stop(service, cluster, request);
    case "rotateclustercertificates":
      return rotate(service, cluster, request);
    case "rotateserviceaccountsigningkeys":
      return update(service, cluster, request, "rotate service account signing keys of managed cluster");
    case "rebalanceloadbalancers":
      return update(service, cluster, request, "rebalance load balancers of managed cluster");
    case "resetserviceprincipalprofile":
      return resetServicePrincipal(service, cluster, request);
    case "resetaadprofile":
      return resetAad(service, cluster, request);
    case "resolveprivatelinkserviceid":
      return resolvePrivateLinkService(cluster, request);
    case "runcommand":
      return runCommand(service, cluster, request);
    case undefined:
    default:
      return undefined;
  }
}

function start(service: ContainerService, cluster: ManagedCluster, request: ArmRequest): ArmResponse {
  refuseWhileRunning(cluster, undefined, service.world.clock.now());
  if (cluster.power.code === "Running") throw refusal(400, "OperationNotAllowed", powerText(cluster, "starting"));
  const spec = { title: "start managed cluster", state: "Starting" } as const;
  return begin(service, cluster, request, spec, startManagedCluster(service, cluster));
}

function stop(service: ContainerService, cluster: ManagedCluster, request: ArmRequest): ArmResponse {
  refuseWhileRunning(cluster, undefined, service.world.clock.now());
  if (cluster.power.code === "Stopped") throw refusal(400, "OperationNotAllowed", powerText(cluster, "stopping"));
  const spec = { title: "stop managed cluster", state: "Stopping" } as const;
  return begin(service, cluster, request, spec, stopManagedCluster(service, cluster));
}

function rotate(service: ContainerService, cluster: ManagedCluster, request: ArmRequest): ArmResponse {
  refuseWhileBusy(cluster, undefined, service.world.clock.now());
  const spec = { title: "rotate certificates of managed cluster", state: "RotatingClusterCertificates" } as const;
  return begin(service, cluster, request, spec, rotateCertificates(service, cluster));
}

/** The secret is not kept. */
function resetServicePrincipal(service: ContainerService, cluster: ManagedCluster, request: ArmRequest): ArmResponse {
  const clientId = new RequestBody(request.body).text("clientId");
  if (clientId === undefined) throw missingParameter("clientId");
  const result = (): unknown => clusterView(cluster);
  const answer = update(service, cluster, request, "reset service principal profile of managed cluster", result);
  cluster.properties = { ...cluster.properties, servicePrincipalProfile: { clientId } };
  return answer;
}

function resetAad(service: ContainerService, cluster: ManagedCluster, request: ArmRequest): ArmResponse {
  const { serverAppSecret: _, ...aadProfile } = new RequestBody(request.body).sent();
  const result = (): unknown => clusterView(cluster);
  const answer = update(service, cluster, request, "reset AAD profile of managed cluster", result);
  cluster.properties = { ...cluster.properties, aadProfile };
  return answer;
}

/** What changes the control plane's settings alone. */
function update(
  service: ContainerService,
  cluster: ManagedCluster,
  request: ArmRequest,
  title: string,
  result: () => unknown = () => undefined,
): ArmResponse {
  refuseWhileBusy(cluster, undefined, service.world.clock.now());
  const work = takeTime(service, "managedClusters.update.settings", cluster);
  return begin(service, cluster, request, { title, state: "Updating", result }, work);
}

function begin(
  service: ContainerService,
  cluster: ManagedCluster,
  request: ArmRequest,
  spec: OperationSpec,
  work: Work,
): ArmResponse {
  return accepted(service, beginOperation(service, cluster, cluster, spec, work), request);
}
