import { type Duration, lognormal, ofPlatform, recorded } from "./entry.ts";

/** Writes of what is kept and shown, and behind which nothing runs here. */
export const keptDurations = {
  "connectedEnvironments.create": ofPlatform(lognormal(73, 117), "B", recorded("connectedEnvironments.create", 9)),
  "connectedEnvironments.delete": ofPlatform(lognormal(24, 29), "B", recorded("connectedEnvironments.delete", 3)),
  "connectedEnvironments.child": ofPlatform(
    lognormal(18, 24),
    "B",
    recorded("certificates, Dapr components and storages of connected environments", 7),
  ),
  "managedEnvironments.component": ofPlatform(
    lognormal(49, 51),
    "B",
    recorded("managedEnvironments.javaComponents.create", 5, ".NET components took 25 and 31 s"),
  ),
  "managedEnvironments.component.delete": ofPlatform(
    lognormal(9, 10),
    "B",
    recorded("javaComponents.delete and dotNetComponents.delete", 7, "bound by polling every 16 s"),
  ),
  "managedCertificates.create": ofPlatform(
    lognormal(105, 300),
    "C",
    recorded("managedEnvironments.managedCertificates.create", 1, "Container Apps docs: a few minutes"),
  ),
  "privateEndpointConnections.write": ofPlatform(lognormal(30, 60), "D", "never recorded, assumed"),
  "sourceControls.write": ofPlatform(lognormal(30, 60), "D", "never recorded, assumed"),
  "sessionPools.create": ofPlatform(lognormal(496, 691), "B", recorded("sessionPools.create", 7)),
  "sessionPools.update": ofPlatform(lognormal(150, 464), "B", recorded("sessionPools.patch", 7)),
  "sessionPools.delete": ofPlatform(lognormal(292, 362), "B", recorded("sessionPools.delete", 7)),
  "builders.create": ofPlatform(lognormal(79, 83), "B", recorded("builders.create", 5)),
} as const satisfies Readonly<Record<string, Duration>>;
