import { deviates, type ParityArea, works } from "./row.ts";

const https = "gateway-https.test.ts";

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
    deviates(
      "allowInsecure: plain HTTP is sent on to HTTPS (301)",
      "Container Apps docs: ingress",
      "where the gateway has HTTPS (`appsHttpsPort`, `--apps-https-port`), and not for calls inside the environment; without HTTPS nothing is sent on",
      [https, "plain HTTP is sent on to HTTPS when the ingress wants that and there is HTTPS, from outside alone"],
    ),
    works(
      "HTTPS with a certificate for every host",
      "Container Apps docs: ingress",
      https,
      "HTTPS has a certificate for every host that is routed, and tells the app of it",
    ),
    works(
      "clientCertificateMode ignore, accept, require; X-Forwarded-Client-Cert",
      "Container Apps docs: ingress",
      https,
      "a client certificate is asked for, required or overlooked, and the app gets to see it",
    ),
    deviates(
      "customDomains",
      "Container Apps docs: ingress",
      "lead to the app whatever they are bound to, with a certificate of the emulator's authority; environments' dnsSuffix has no hosts",
      [
        https,
        "the ingress of an app says whether plain HTTP will do, who shows a certificate, and which domains lead to it",
      ],
    ),
    deviates(
      "TCP ingress, additionalPortMappings, exposedPort, targetPortHttpScheme",
      "Container Apps docs: ingress",
      "checked, kept and shown; no ports are opened for them",
    ),
    deviates("HTTP/2 and gRPC", "Container Apps docs: ingress", "HTTP/1.1 and WebSockets alone"),
    works(
      "request smuggling is refused",
      "HTTP semantics",
      "gateway-smuggling.test.ts",
      "%s: 400, and nothing reaches a backend",
    ),
  ],
};
