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
      "paths of HTTP route configs",
      "Container Apps docs: ingress",
      "gateway-ingress.test.ts",
      "paths lead to other hosts, rewritten, and those that no rule matches are not found",
    ),
    works(
      "ipSecurityRestrictions",
      "Container Apps docs: ingress",
      "gateway-ingress.test.ts",
      "only callers that the rules allow come through",
    ),
    works(
      "corsPolicy",
      "Container Apps docs: ingress",
      "gateway-ingress.test.ts",
      "a preflight of an allowed origin is answered by the ingress, and its responses say that it may read them",
    ),
    works(
      "session affinity",
      "Container Apps docs: ingress",
      "gateway-ingress.test.ts",
      "a client with the cookie of an answer stays with the replica that gave it, while that is there",
    ),
    works(
      "request smuggling is refused",
      "HTTP semantics",
      "gateway-smuggling.test.ts",
      "%s: 400, and nothing reaches a backend",
    ),
  ],
};
