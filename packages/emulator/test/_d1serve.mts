import { writeFileSync } from "node:fs";
import { createRealTimeKernel } from "@fairway/kernel";
import { kubeconfig } from "/work/main/packages/emulator/src/http/kubernetes/kubeconfig.ts";
import { createApiServer } from "/work/main/packages/emulator/src/http/kubernetes/server.ts";
import { createCertificates } from "/work/main/packages/emulator/src/http/tls.ts";
import { LogStore } from "/work/main/packages/emulator/src/world/logs.ts";
import { ObjectStore } from "/work/main/packages/emulator/src/world/store.ts";

const kernel = createRealTimeKernel({ seed: 1 });
const store = new ObjectStore(kernel);
let available = true;
const ls = new Set();
const cluster = {
  world: { ...kernel, logs: new LogStore(kernel.clock) },
  name: "aks1",
  domain: "x",
  store,
  kubernetesVersion: "1.33.5",
  apiServer: {
    get available() {
      return available;
    },
    set(v) {
      available = v;
      for (const l of ls) l(v);
    },
    onChange(l) {
      ls.add(l);
      return () => ls.delete(l);
    },
  },
  evict: () => ({ kind: "not-found" }),
} as any;
const certificates = await createCertificates();
const s = await createApiServer({ cluster, certificates, token: "secret", port: 7443 });
writeFileSync(
  "/tmp/d1-kubeconfig",
  kubeconfig({
    clusterName: "aks1",
    url: s.url,
    caPem: certificates.caPem,
    token: "secret",
    user: "clusterUser_rg_aks1",
  }),
);
kernel.trace.follow((r) => {
  if (r.kind.startsWith("kubernetes")) console.log(r.kind, r.data);
});
process.on("SIGUSR2", () => cluster.apiServer.set(!available));
console.log("up", process.pid);
