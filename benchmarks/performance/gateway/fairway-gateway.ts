import { createGateway } from "@fairway/emulator";
import { createRealTimeKernel } from "@fairway/kernel";
import { backendPorts, host, weights } from "./contenders.ts";

const gateway = await createGateway({
  clock: createRealTimeKernel({ seed: 1 }).clock,
  port: Number(process.argv[2]),
});
gateway.setRoute(host, {
  backends: backendPorts.map((port, index) => ({
    name: `revision-${index}`,
    weight: weights[index] ?? 0,
    endpoints: [{ host: "127.0.0.1", port }],
    whenEmpty: "reject",
  })),
});
