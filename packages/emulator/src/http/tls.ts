import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

export interface Certificates {
  /** The authority that clients must trust. */
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const dayMs = 86_400_000;

/**
 * A certificate authority and a server certificate for loopback (and `more`), new for each process and kept in
 * memory only. Valid from the day before `nowMs` (default: start of the process) for 825 days, the longest that
 * every TLS stack takes.
 */
export async function createCertificates(
  more: { readonly names: readonly string[]; readonly addresses: readonly string[] } = { names: [], addresses: [] },
  nowMs: number = performance.timeOrigin,
): Promise<Certificates> {
  x509.cryptoProvider.set(webcrypto);
  const validity = { notBefore: new Date(nowMs - dayMs), notAfter: new Date(nowMs + 824 * dayMs) };
  const authorityKeys = await generateKeys();
  const authority = await createAuthority(authorityKeys, validity);
  const serverKeys = await generateKeys();
  const server = await x509.X509CertificateGenerator.create({
    ...validity,
    serialNumber: serialNumber(),
    subject: "CN=localhost",
    issuer: authority.subject,
    publicKey: serverKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: algorithm,
    extensions: await serverExtensions(authority, serverKeys.publicKey, more),
  });
  const key = await webcrypto.subtle.exportKey("pkcs8", serverKeys.privateKey);
  return {
    caPem: `${authority.toString("pem")}\n`,
    certPem: `${server.toString("pem")}\n`,
    keyPem: `${x509.PemConverter.encode(key, "PRIVATE KEY")}\n`,
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
  more: { readonly names: readonly string[]; readonly addresses: readonly string[] },
): Promise<x509.Extension[]> {
  const names = ["localhost", "*.hcp.westeurope.azmk8s.io", ...more.names].map((value) => ({
    type: "dns" as const,
    value,
  }));
  const addresses = [...new Set(["127.0.0.1", "::1", ...more.addresses])].map((value) => ({
    type: "ip" as const,
    value,
  }));
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
