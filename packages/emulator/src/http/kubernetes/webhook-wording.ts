import type { PeerCertificate } from "node:tls";

/** What went wrong on the way to a webhook. */
export interface Failure extends Error {
  readonly code?: string;
  readonly address?: string;
  readonly port?: number;
  readonly host?: string;
  readonly cert?: PeerCertificate;
}

/** As Go's client words it. */
export function wordingOf(error: Failure, certificate: PeerCertificate | undefined, nowMs: number): string {
  switch (error.code ?? "") {
    case "ECONNREFUSED":
      return `dial tcp ${error.address ?? ""}:${error.port ?? ""}: connect: connection refused`;
    case "ENOTFOUND":
      return `dial tcp: lookup ${/ENOTFOUND (\S+)/.exec(error.message)?.[1] ?? ""}: no such host`;
    case "ECONNRESET":
      return "EOF";
    case "EPROTO":
      return "http: server gave HTTP response to HTTPS client";
    case "CERT_HAS_EXPIRED":
      return notVerified(`certificate has expired or is not yet valid: current time ${expiry(certificate, nowMs)}`);
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return notVerified(otherName(error));
    default:
      return /certificate|self.signed/i.test(error.message)
        ? notVerified("certificate signed by unknown authority")
        : error.message;
  }
}

function notVerified(why: string): string {
  return `tls: failed to verify certificate: x509: ${why}`;
}

function expiry(certificate: PeerCertificate | undefined, nowMs: number): string {
  const end = Date.parse(certificate?.valid_to ?? "");
  const inGo = (timeMs: number): string => new Date(timeMs).toISOString().replace(/\.\d+Z$/, "Z");
  return Number.isNaN(end) ? inGo(nowMs) : `${inGo(nowMs)} is after ${inGo(end)}`;
}

function otherName({ host = "", cert }: Failure): string {
  const names = (cert?.subjectaltname ?? "").split(", ").map((one) => one.split(":", 2));
  const isAddress = /^[\d.]+$|:/.test(host);
  const fitting = names.flatMap(([kind, name = ""]) => ((kind === "IP Address") === isAddress && name ? [name] : []));
  if (fitting.length > 0) return `certificate is valid for ${fitting.join(", ")}, not ${host}`;
  return isAddress
    ? `cannot validate certificate for ${host} because it doesn't contain any IP SANs`
    : `certificate is not valid for any names, but wanted to match ${host}`;
}

/** What client-go makes of an answer that is not a success (apimachinery: NewGenericServerResponse). */
export function badStatus(status: number, text: string): string {
  const known = statusTexts.get(status);
  if (known !== undefined) return known;
  if (status === 403) return text;
  if (status >= 500)
    return `an error on the server (${JSON.stringify(text)}) has prevented the request from succeeding`;
  return `the server responded with the status code ${status} but did not return more information`;
}

const statusTexts: ReadonlyMap<number, string> = new Map([
  [400, "the server rejected our request for an unknown reason"],
  [401, "the server has asked for the client to provide credentials"],
  [404, "the server could not find the requested resource"],
  [405, "the server does not allow this method on the requested resource"],
  [409, "the server reported a conflict"],
  [422, "the server rejected our request due to an error in our request"],
  [429, "the server has received too many requests and has asked us to try again later"],
  [503, "the server is currently unable to handle the request"],
  [504, "the server was unable to return a response in the time allotted, but may still be processing the request"],
]);

export const notAnObject =
  'couldn\'t get version/kind; json parse error: json: cannot unmarshal string into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
