import { aks } from "./aks.ts";
import { aksMore } from "./aks-more.ts";
import { apiManagement } from "./api-management.ts";
import { arm } from "./arm.ts";
import { autoscalingArea } from "./autoscaling.ts";
import { containerApps } from "./container-apps.ts";
import { controllers } from "./controllers.ts";
import { faults } from "./faults.ts";
import { frontDoor } from "./front-door.ts";
import { gateway } from "./gateway.ts";
import { identity } from "./identity.ts";
import { kubernetes } from "./kubernetes.ts";
import type { ParityArea } from "./row.ts";
import { trafficManager } from "./traffic-manager.ts";
import { workloadKinds } from "./workloads.ts";

/** Every area of the page, in its order. */
export const areas: readonly ParityArea[] = [
  identity,
  arm,
  aks,
  aksMore,
  containerApps,
  kubernetes,
  controllers,
  workloadKinds,
  autoscalingArea,
  gateway,
  trafficManager,
  frontDoor,
  apiManagement,
  faults,
];
