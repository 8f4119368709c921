import { type ParityArea, works } from "./row.ts";

export const gateway: ParityArea = {
  title: "Ingress",
  rows: [
    works(
      "weights per request",
      "Container Apps docs: ingress",
      "gateway-split.test.ts",
      "10,000 requests at 90/10 arrive as 9,000 and 1,000, however often replicas come and go meanwhile",
    ),
    works(
      "requests wait for the first replica",
      "Container Apps docs: scaling",
      "gateway-routing.test.ts",
      "requests wait for the first replica, body and all, and it is told that they wait",
    ),
    works(
      "WebSockets",
      "Container Apps docs: ingress",
      "gateway-messages.test.ts",
      "a WebSocket passes in both directions, and ends on both sides",
    ),
    works(
      "request smuggling is refused",
      "HTTP semantics",
      "gateway-smuggling.test.ts",
      "%s: 400, and nothing reaches a backend",
    ),
  ],
};
