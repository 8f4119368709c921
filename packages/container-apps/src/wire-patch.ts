import type { ContainerAppsAPIClient } from "@azure/arm-appcontainers";
import { mergePatch } from "@fairway/core";
import type { App } from "@fairway/model";
import { patchOf } from "./desired/overrides.ts";

type Pipeline = ContainerAppsAPIClient["pipeline"];
type Policy = Parameters<Pipeline["addPolicy"]>[0];

/** The escape hatch of an app's description. */
export interface WirePatch {
  /** Makes a call whose body gets the patch of the app. `send` must pass the options on. */
  send<T>(app: App, send: (requestOptions: { headers?: Record<string, string> }) => T): T;
}

/**
 * Merges `overrides.containerApps` into bodies as they go over the wire, so that it reaches fields which the client's
 * types do not know. The pipeline is left as it is until the first app that has a patch.
 */
export function createWirePatch(pipeline: Pipeline): WirePatch {
  const waiting = new Map<string, unknown>();
  let counter = 0;
  return {
    send(app, send) {
      const patch = patchOf(app);
      if (!patch) return send({});
      if (counter === 0) pipeline.addPolicy(createPolicy(waiting));
      counter += 1;
      waiting.set(String(counter), patch);
      return send({ headers: { [header]: String(counter) } });
    },
  };
}

/** Tells the policy which patch is meant. Never leaves the process. */
const header = "x-fairway-override";

function createPolicy(waiting: Map<string, unknown>): Policy {
  return {
    name: "fairwayOverride",
    sendRequest(request, next) {
      const id = request.headers.get(header);
      if (id === undefined) return next(request);
      request.headers.delete(header);
      if (typeof request.body === "string") {
        request.body = JSON.stringify(mergePatch(JSON.parse(request.body), waiting.get(id)));
      }
      waiting.delete(id);
      return next(request);
    },
  };
}
