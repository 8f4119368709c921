import { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import { createSecureContext, createServer, type SecureContext, type TLSSocket } from "node:tls";
import type { Door } from "./door.ts";
import type { Router } from "./router.ts";

/** Certificates for whatever name is asked for, of an authority that clients trust. */
export interface ServerCertificates {
  readonly certPem: string;
  readonly keyPem: string;
  issue(name: string): Promise<{ readonly certPem: string; readonly keyPem: string }>;
}

/** HTTPS of the gateway: TLS 1.2 and 1.3, a certificate for every routed host, and clients' certificates where they are asked for. */
export function createSecureServer(
  certificates: ServerCertificates,
  router: Router,
  accept: (socket: Socket, door: Door) => void,
) {
  const contexts = new Map<string, Promise<SecureContext>>();
  const { certPem: cert, keyPem: key } = certificates;
  const contextFor = (name: string): Promise<SecureContext> => {
    const known = contexts.get(name);
    if (known) return known;
    const made = certificates.issue(name).then((own) => createSecureContext({ cert: own.certPem, key: own.keyPem }));
    contexts.set(name, made);
    return made;
  };
  async function answerName(host: string, done: (error: Error | null, context?: SecureContext) => void): Promise<void> {
    if (!router.find(host, undefined)) return done(null);
    try {
      done(null, await contextFor(host));
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  }
  const server = createServer({
    cert,
    key,
    minVersion: "TLSv1.2",
    ALPNProtocols: ["http/1.1"],
    requestCert: true,
    // Any certificate will do, one that nobody has signed too: the app looks at it.
    rejectUnauthorized: false,
    SNICallback: (name, done) => void answerName(name.toLowerCase(), done),
  });
  server.on("secureConnection", (socket) => {
    const certificate = clientCertificate(socket);
    const { servername } = socket as { servername?: string | false };
    const asked = servername ? router.find(servername, undefined)?.ingress : undefined;
    // TLS has it that a client is told by an alert; here by a connection that ends.
    if (asked?.clientCertificate === "require" && certificate === undefined) return void socket.destroy();
    accept(socket, { scheme: "https", certificate });
  });
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return server;
}

/** As Envoy forwards it: hash, certificate and chain. Undefined: the client has shown none. */
function clientCertificate(socket: TLSSocket): string | undefined {
  const chain: X509Certificate[] = [];
  for (let one = socket.getPeerX509Certificate(); one && chain.length < 8; one = one.issuerCertificate) {
    if (chain.some(({ fingerprint256 }) => fingerprint256 === one?.fingerprint256)) break;
    chain.push(one);
  }
  const [own] = chain;
  if (!own) return undefined;
  const hash = own.fingerprint256.replaceAll(":", "").toLowerCase();
  return `Hash=${hash};Cert="${encoded([own])}";Chain="${encoded(chain)}"`;
}

function encoded(chain: readonly X509Certificate[]): string {
  return encodeURIComponent(chain.map((one) => one.toString()).join(""));
}
