import { keptRows } from "./container-apps-kept.ts";
import { beyondRevisions } from "./container-apps-more.ts";
import { type ParityArea, works } from "./row.ts";

const client = "container-apps-client.test.ts";
const revisions = "container-apps-revisions.test.ts";
const scaling = "container-apps-scaling.test.ts";
const validation = "container-apps-validation.test.ts";
const wire = "container-apps-wire.test.ts";

export const containerApps: ParityArea = {
  title: "Container Apps through ARM",
  rows: [
    works(
      "environments and apps: PUT, GET, PATCH, DELETE",
      "Container Apps REST API",
      client,
      "creates an environment and an app, reads them, shifts traffic and deletes them",
    ),
    works("POST stop and start", "Container Apps REST API", client, "stops and starts an app"),
    works(
      "log stream with getAuthToken",
      "Container Apps REST API",
      client,
      "gives the last lines and follows, with the app's own token only",
    ),
    works(
      "shapes of accepted and settled writes",
      "Container Apps REST API",
      wire,
      "answers 201 with an echo, for a new app and for one that exists, and fills in the rest at the end",
    ),
    works("PATCH is a merge patch", "Container Apps REST API", wire, "replaces arrays whole and takes null as removal"),
    works(
      "names of revisions",
      "Container Apps docs: revisions",
      revisions,
      "are random for the first, counted for later ones, and what the suffix says",
    ),
    works(
      "what makes a revision",
      "Container Apps docs: revisions",
      revisions,
      "come only with a template that differs",
    ),
    works(
      "multiple mode",
      "Container Apps docs: revisions",
      revisions,
      "keeps revisions active and gives a new one nothing unless the split says latest",
    ),
    works(
      "single mode switches when all replicas are ready",
      "Container Apps docs: revisions",
      revisions,
      "starts the new revision with the old one's replicas, switches when all are ready, then retires the old one",
    ),
    works(
      "single mode keeps the old revision when the new one crashes",
      "Container Apps docs: revisions",
      revisions,
      "leaves the traffic where it is when the new revision crashes",
    ),
    works(
      "maxInactiveRevisions",
      "Container Apps docs: revisions",
      revisions,
      "are kept up to maxInactiveRevisions, the oldest go first",
    ),
    works(
      "init containers",
      "Container Apps REST API",
      revisions,
      "runs its init containers to the end, one after another, before the others start",
    ),
    works("scale steps", "Container Apps docs: scaling", scaling, "goes 0, 1, 4, 8, 16, 20 and falls at once"),
    works(
      "scale to zero and back",
      "Container Apps docs: scaling",
      scaling,
      "sleeps after its cooldown and wakes for a request that waits",
    ),
    works(
      "409 while a write runs",
      "Container Apps docs: deployment errors",
      validation,
      "is refused with 409 while the first one runs, and changes nothing",
    ),
    works("refused templates and configurations", "Container Apps docs: deployment errors", validation, "$what"),
    works(
      "images that cannot be pulled fail the operation",
      "Container Apps docs: deployment errors",
      validation,
      "fails the operation and makes no revision; the next good template does",
    ),
    works(
      "platform maintenance",
      "Container Apps docs: maintenance",
      "container-apps-maintenance.test.ts",
      "replaces every replica, node by node, and stops each before its successor runs",
    ),
    ...beyondRevisions,
    ...keptRows,
  ],
};
