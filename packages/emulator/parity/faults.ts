import { type ParityArea, works } from "./row.ts";

export const faults: ParityArea = {
  title: "Fault library",
  rows: [
    works(
      "slow start (`slow-start`)",
      "Kubernetes pod lifecycle",
      "faults-start.test.ts",
      "lets a container count as started while nothing listens, until the delay is over",
    ),
    works(
      "bad release (`bad-release`)",
      "AKS issues",
      "faults-start.test.ts",
      "gives containers of the image extra variables, over those of the manifest",
    ),
    works(
      "no API server (`control-plane-unavailable`)",
      "AKS issues",
      "faults-door.test.ts",
      "cuts a control plane off for a time, or until the fault is cleared",
    ),
    works("a node is lost (`node-lost`)", "Kubernetes nodes", "faults-door.test.ts", "loses a node"),
    works(
      "nodes do not join (`node-join-failed`)",
      "AKS troubleshooting",
      "container-service-operations.test.ts",
      "fails an upgrade after its time, and a later PUT goes on",
    ),
  ],
};
