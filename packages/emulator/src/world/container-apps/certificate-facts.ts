import { X509Certificate } from "node:crypto";

/** What a certificate says of itself, in the forms that Microsoft.App shows. */
export interface CertificateFacts {
  readonly subjectName: string;
  readonly subjectAlternativeNames: readonly string[];
  readonly issuer: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  /** SHA-1, upper-case hexadecimal digits without colons. */
  readonly thumbprint: string;
}

/** Of `value` as it is sent: base64 of PEM or DER. Undefined for a PKCS#12 archive, which is not opened here, and for what is none. */
export function readCertificate(value: unknown): CertificateFacts | undefined {
  if (typeof value !== "string") return undefined;
  try {
    const certificate = new X509Certificate(Buffer.from(value, "base64"));
    const names = certificate.subjectAltName?.split(", ").map((name) => name.replace(/^DNS:/, "")) ?? [];
    return {
      subjectName: certificate.subject.split("\n").reverse().join(", "),
      subjectAlternativeNames: names,
      issuer: certificate.issuer.split("\n").reverse().join(", "),
      issuedAtMs: Date.parse(certificate.validFrom),
      expiresAtMs: Date.parse(certificate.validTo),
      thumbprint: certificate.fingerprint.replaceAll(":", ""),
    };
  } catch {
    return undefined;
  }
}
