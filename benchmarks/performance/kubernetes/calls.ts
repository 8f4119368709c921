import type { ModelCluster } from "@fairway/emulator";

/** One call of the API inside the process; throws for a refusal. */
export function call(
  { handle }: ModelCluster,
  method: string,
  target: string,
  body?: unknown,
  contentType = "application/json",
): unknown {
  const [path = "", query] = target.split("?");
  const bytes = body === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(body));
  const answer = handle({
    method,
    path,
    query: new URLSearchParams(query),
    accept: "",
    contentType,
    userAgent: "bench",
    body: bytes,
  });
  if (answer.kind !== "json") return answer;
  if (answer.status >= 400) throw new Error(JSON.stringify(answer.body));
  return answer.body;
}

export const mergePatch = "application/merge-patch+json";
export const pods = "/api/v1/namespaces/default/pods";

export function podOf(name: string): unknown {
  const container = {
    name: "web",
    image: "nginx:1.27",
    env: [{ name: "A", value: "1" }],
    resources: { requests: { cpu: "100m", memory: "64Mi" } },
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: "web" } },
    spec: { containers: [container] },
  };
}
