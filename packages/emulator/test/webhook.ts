import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Certificates } from "../src/http/tls.ts";

export interface Review {
  readonly request: {
    readonly uid: string;
    readonly operation: string;
    readonly name: string;
    readonly object: unknown;
    readonly userInfo: { readonly username: string };
  };
}

/** An HTTPS server that answers admission reviews. */
export async function startWebhook(
  { certPem, keyPem }: Pick<Certificates, "certPem" | "keyPem">,
  answer: (request: Review["request"]) => Record<string, unknown> | undefined,
) {
  const seen: string[] = [];
  const server = createServer({ cert: certPem, key: keyPem }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const review = JSON.parse(Buffer.concat(chunks).toString()) as Review;
      seen.push(`${review.request.operation} ${review.request.name}`);
      const said = answer(review.request);
      if (said === undefined) return;
      const body = {
        apiVersion: "admission.k8s.io/v1",
        kind: "AdmissionReview",
        response: { uid: review.request.uid, ...said },
      };
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/admit`;
  return {
    url,
    seen,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
