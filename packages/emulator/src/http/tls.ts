import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

export interface Certificates {
  /** The authority that clients must trust. */
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
  /** Another one, for that name alone. */
  issue(name: string): Promise<{ readonly certPem: string; readonly keyPem: string }>;
}

interface ServerNames {
  readonly names: readonly string[];
  readonly addresses: readonly string[];
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const dayMs = 86_400_000;

/**
 * A certificate authority and a server certificate for loopback (and `more`), new for each process and kept in
 * memory only. Valid from the day before `nowMs` (default: start of the process) for 825 days, the longest that
 * every TLS stack takes.
 */
export async function createCertificates(
  more: ServerNames = { names: [], addresses: [] },
  nowMs: number = performance.timeOrigin,
): Promise<Certificates> {
  x509.cryptoProvider.set(webcrypto);
  const validity = { notBefore: new Date(nowMs - dayMs), notAfter: new Date(nowMs + 824 * dayMs) };
  const authorityKeys = await generateKeys();
  const authority = await createAuthority(authorityKeys, validity);
  async function create(subject: string, names: ServerNames): Promise<Pick<Certificates, "certPem" | "keyPem">> {
    const keys = await generateKeys();
    const server = await x509.X509CertificateGenerator.create({
      ...validity,
      serialNumber: serialNumber(),
      subject,
      issuer: authority.subject,
      publicKey: keys.publicKey,
      signingKey: authorityKeys.privateKey,
      signingAlgorithm: algorithm,
      extensions: await serverExtensions(authority, keys.publicKey, names),
    });
    const key = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
    return { certPem: `${server.toString("pem")}\n`, keyPem: `${x509.PemConverter.encode(key, "PRIVATE KEY")}\n` };
  }
  const loopback = {
    names: ["localhost", "*.hcp.westeurope.azmk8s.io", ...more.names],
    addresses: [...new Set(["127.0.0.1", "::1", ...more.addresses])],
  };
  return {
    caPem: `${authority.toString("pem")}\n`,
    ...(await create("CN=localhost", loopback)),
    issue: (name) => create("CN=app", { names: [name], addresses: [] }),
  };
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function createAuthority(
  keys: webcrypto.CryptoKeyPair,
  validity: { notBefore: Date; notAfter: Date },
): Promise<x509.X509Certificate> {
  return x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    serialNumber: serialNumber(),
    name: "CN=Fairway embedded Azure",
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
}

async function serverExtensions(
  authority: x509.X509Certificate,
  publicKey: webcrypto.CryptoKey,
  { names: dns, addresses: ips }: ServerNames,
): Promise<x509.Extension[]> {
  const names = dns.map((value) => ({ type: "dns" as const, value }));
  const addresses = ips.map((value) => ({ type: "ip" as const, value }));
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension([...names, ...addresses]),
    await x509.AuthorityKeyIdentifierExtension.create(authority),
    await x509.SubjectKeyIdentifierExtension.create(publicKey),
  ];
}

/** Positive, as RFC 5280 asks. */
function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  return `01${Buffer.from(bytes).toString("hex")}`;
}
