import { type Duration, fixed, lognormal, ofApp, ofPlatform, recorded, uniform, withTail } from "./entry.ts";

/** Microsoft.App: apps, revisions, jobs and environments. */
export const containerAppDurations = {
  "containerApps.create": ofPlatform(
    withTail(lognormal(10.5, 15.6), uniform(28, 848), 1, 181),
    "A",
    recorded("containerApps.create", 181),
  ),
  "containerApps.update": ofPlatform(lognormal(9.7, 13), "A", recorded("containerApps.put.existing", 62)),
  "containerApps.patch.template": ofPlatform(lognormal(11, 18.1), "A", recorded("containerApps.patch.template", 111)),
  "containerApps.patch.configuration": ofPlatform(
    lognormal(10.5, 13),
    "A",
    recorded("containerApps.patch.traffic and .ingressOther", 41),
  ),
  "containerApps.startOrStop": ofPlatform(
    lognormal(10, 15),
    "D",
    "never recorded, assumed to be like other writes of an app",
  ),
  "containerApps.delete": ofPlatform(
    lognormal(9.5, 10.5),
    "B",
    recorded("containerApps.delete", 75, "bound by polling every 16 s"),
  ),
  "containerApps.trafficPropagation": ofPlatform(
    lognormal(5, 30),
    "D",
    "users' reports: seconds to about a minute; Container Apps docs name no figure",
  ),
  "containerApps.scaleWindow": ofApp(
    fixed(15),
    "A",
    "Container Apps docs, scaling: requests of the last 15 seconds are counted every 15 seconds",
  ),
  "revisions.create": ofPlatform(
    lognormal(3, 6),
    "D",
    "recordings: createdTime of a revision lies within the 10 s of its write, share assumed",
  ),
  "revisions.scheduleReplica": ofPlatform(lognormal(2, 4), "D", "users' reports of cold starts: 1 to 3 s of them"),
  "revisions.progressDeadline": ofApp(
    fixed(600),
    "B",
    "Kubernetes docs: progressDeadlineSeconds is 600. One recorded write of an app stayed InProgress for 1,203 s before it failed",
  ),
  "revisions.deprovisionDelay": ofPlatform(
    lognormal(12, 25),
    "C",
    "recordings: an old revision was Deprovisioning 28 s after the new one was created, last active 16 s after it",
  ),
  "scaling.scaleDownStabilization": ofPlatform(fixed(300), "A", "Container Apps docs, scaling: stabilization window"),
  "jobs.create": ofPlatform(lognormal(6.4, 7.7), "A", recorded("jobs.create", 24)),
  "jobs.update": ofPlatform(lognormal(6.3, 6.6), "B", recorded("jobs.put.existing", 6)),
  "jobs.patch": ofPlatform(lognormal(9.5, 10.5), "B", recorded("jobs.patch", 17, "bound by polling every 16 s")),
  "jobs.delete": ofPlatform(lognormal(9.8, 10.3), "B", recorded("jobs.delete", 10, "bound by polling every 16 s")),
  "managedEnvironments.create": ofPlatform(
    withTail(lognormal(108, 300), uniform(337, 982), 1, 42),
    "A",
    recorded("managedEnvironments.create without a network of one's own", 42),
  ),
  "managedEnvironments.update": ofPlatform(
    lognormal(108, 157),
    "A",
    recorded("managedEnvironments.patch.settings", 27),
  ),
  "managedEnvironments.patch.empty": ofPlatform(
    lognormal(10, 34),
    "B",
    recorded("managedEnvironments.patch.empty", 15, "bound by polling every 16 s"),
  ),
  "managedEnvironments.delete": ofPlatform(lognormal(1_061, 1_166), "B", recorded("managedEnvironments.delete", 5)),
  "maintenance.batchPause": ofPlatform(
    lognormal(120, 300),
    "D",
    "time between two nodes of a platform update, assumed",
  ),
  "maintenance.batchTimeout": ofPlatform(
    fixed(600),
    "D",
    "how long an update waits for replicas before it goes on with the next node, assumed",
  ),
  "faults.coldStart": ofApp(
    uniform(5, 22),
    "C",
    "users' reports of first requests after scale to zero: 5 to 22 s. Only while the fault cold-start-tail is in force",
  ),
} as const satisfies Record<string, Duration>;
