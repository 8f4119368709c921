/** First stable and first preview version of an API that has a property, "" for none, and the last preview that had it. */
export type PropertyVersions = readonly [stable: string, preview: string, lastPreview?: string];

/** By the path of the property in the body, lists passed through: `properties.agentPoolProfiles.eTag`. */
export type VersionTable = Readonly<Record<string, PropertyVersions>>;

/** Whether it is a preview that comes after the last that had it: it takes it still, and says nothing of it. */
export function hasDropped(apiVersion: string, [, preview, lastPreview]: PropertyVersions): boolean {
  return (
    preview !== "" &&
    lastPreview !== undefined &&
    apiVersion.endsWith("-preview") &&
    apiVersion.slice(0, 10) > lastPreview
  );
}

export function knows(apiVersion: string, [stable, preview, lastPreview]: PropertyVersions): boolean {
  const day = apiVersion.slice(0, 10);
  if (!apiVersion.endsWith("-preview")) return stable !== "" && day >= stable;
  return preview !== "" && day >= preview && (lastPreview === undefined || day <= lastPreview);
}

/** The same table for an object that stands at `path`. */
export function below(path: string, properties: VersionTable): VersionTable {
  return Object.fromEntries(Object.entries(properties).map(([name, versions]) => [`${path}.${name}`, versions]));
}
