import { isRecord, type JsonRecord, listAt, recordAt, textAt } from "../json.ts";
import { fractional } from "./quantities.ts";

/** Kinds of volumes that are on their way out, or gone (kubernetes: pkg/api/pod, pkg/api/persistentvolume). */
const deprecatedSources: readonly (readonly [member: string, shown: string, why: string])[] = [
  ["photonPersistentDisk", "photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"],
  ["gitRepo", "gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"],
  ["scaleIO", "scaleIO", "deprecated in v1.16, non-functional in v1.22+"],
  ["flocker", "flocker", "deprecated in v1.22, non-functional in v1.25+"],
  ["storageos", "storageOS", "deprecated in v1.22, non-functional in v1.25+"],
  ["quobyte", "quobyte", "deprecated in v1.22, non-functional in v1.25+"],
  ["glusterfs", "glusterfs", "deprecated in v1.25, non-functional in v1.26+"],
  ["cephfs", "cephfs", "deprecated in v1.28, non-functional in v1.31+"],
  ["rbd", "rbd", "deprecated in v1.28, non-functional in v1.31+"],
];

export function sourceWarnings(source: JsonRecord, path: string): readonly string[] {
  return deprecatedSources.flatMap(([member, shown, why]) =>
    source[member] === undefined ? [] : [`${path}.${shown}: ${why}`],
  );
}

export function volumeWarnings(volume: unknown, path: string): readonly string[] {
  if (!isRecord(volume)) return [];
  const claim = recordAt(volume, "ephemeral", "volumeClaimTemplate", "spec", "resources", "requests");
  return [
    ...sourceWarnings(volume, path),
    ...fractional(claim["storage"], `${path}.ephemeral.volumeClaimTemplate.spec.resources.requests[storage]`),
    ...pathWarnings(volume),
  ];
}

function pathWarnings(volume: JsonRecord): readonly string[] {
  const name = JSON.stringify(volume["name"]);
  const { configMap, secret, downwardAPI, projected } = volume;
  if (isRecord(configMap)) {
    return overlaps(`volume ${name} (ConfigMap ${quoted(configMap, "name")})`, placesOf(configMap, ""));
  }
  if (isRecord(secret))
    return overlaps(`volume ${name} (Secret ${quoted(secret, "secretName")})`, placesOf(secret, ""));
  if (isRecord(downwardAPI)) return overlaps(`volume ${name} (DownwardAPI)`, placesOf(downwardAPI, ""));
  if (!isRecord(projected)) return [];
  if (projected["sources"] === undefined) return [`volume ${name} (Projected) has no sources provided`];
  return overlaps(`volume ${name} (Projected)`, listAt(projected, "sources").flatMap(projectedPlaces));
}

interface Place {
  readonly path: string;
  /** ` (ConfigMap "x")`; "" outside of projected volumes. */
  readonly source: string;
}

function placesOf(source: JsonRecord, shown: string): readonly Place[] {
  return listAt(source, "items").map((item) => ({ path: textAt(item, "path") ?? "", source: shown }));
}

function projectedPlaces(source: unknown): readonly Place[] {
  if (!isRecord(source)) return [];
  const { configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle } = source;
  const whole = (one: unknown, shown: string): readonly Place[] =>
    isRecord(one) ? [{ path: textAt(one, "path") ?? "", source: shown }] : [];
  return [
    ...(isRecord(secret) ? placesOf(secret, ` (Secret ${quoted(secret, "name")})`) : []),
    ...(isRecord(configMap) ? placesOf(configMap, ` (ConfigMap ${quoted(configMap, "name")})`) : []),
    ...(isRecord(downwardAPI) ? placesOf(downwardAPI, " (DownwardAPI)") : []),
    ...whole(serviceAccountToken, " (ServiceAccountToken)"),
    ...whole(clusterTrustBundle, " (ClusterTrustBundle)"),
  ];
}

function quoted(source: JsonRecord, member: string): string {
  return JSON.stringify(textAt(source, member) ?? "");
}

function overlaps(subject: string, places: readonly Place[]): readonly string[] {
  return places.flatMap((place, index) => {
    const others = places
      .slice(0, index)
      .filter(({ path }) => isInside(place.path, path) || isInside(path, place.path));
    if (others.length === 0) return [];
    const shown = others.map(({ path, source }) => `${JSON.stringify(path)}${source}`).join(", ");
    return [`${subject}: overlapping paths: ${JSON.stringify(place.path)}${place.source} with ${shown}`];
  });
}

function isInside(path: string, other: string): boolean {
  const clean = (text: string): string => text.replace(/\/+$/, "");
  return clean(path) === clean(other) || clean(path).startsWith(`${clean(other)}/`);
}
