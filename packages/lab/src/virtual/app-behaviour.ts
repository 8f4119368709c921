import type { VirtualAzure, VirtualAzureOptions } from "@fairway/emulator";
import { appOfImage, type Topology } from "./topology.ts";

type Behaviour = NonNullable<VirtualAzureOptions["behaviour"]>;

/** Apps do not answer before all that they need to start has answered them once: a probe is not patient with that. */
export function behaviourOf({ apps }: Topology, azure: () => Pick<VirtualAzure, "dataPlane" | "stateAt">): Behaviour {
  const needs = new Map(apps.map(({ name, needsToStart }) => [name, needsToStart]));
  return ({ image, scope = "" }) => {
    let missing = needs.get(appOfImage(image)) ?? [];
    if (missing.length === 0) return {};
    return {
      answers: () => {
        missing = missing.filter((app) => !isAnswering(azure(), `${app}.${scope}`));
        return missing.length === 0 && "for good";
      },
    };
  };
}

/** Whether somebody who is sent to `host` gets an answer. */
export function isAnswering(
  { dataPlane, stateAt }: Pick<VirtualAzure, "dataPlane" | "stateAt">,
  host: string,
): boolean {
  const backends = dataPlane.route(host)?.backends ?? [];
  return backends.some(
    ({ weight, endpoints }) =>
      weight > 0 && endpoints.some(({ host: address }) => stateAt(address).kind === "listening"),
  );
}
