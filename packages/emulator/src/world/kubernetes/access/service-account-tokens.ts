import { generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import type { Cluster } from "../../cluster.ts";
import type { KubeObject } from "../../objects.ts";
import { numberAt, textAt } from "../json.ts";
import { serviceAccountUser, type UserInfo } from "./user.ts";

const serviceAccounts = { group: "", resource: "serviceaccounts" };
const secrets = { group: "", resource: "secrets" };

export interface IssuedToken {
  readonly token: string;
  readonly expiresAtMs: number;
}

/** Signs and reads the tokens of service accounts (JWT, ES256). The key lives as long as the API server. */
export class ServiceAccountTokens {
  readonly #cluster: Cluster;
  #keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject } | undefined;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  issue(
    account: KubeObject,
    audiences: readonly string[],
    seconds: number,
    bound?: Record<string, unknown>,
  ): IssuedToken {
    const issuedAt = Math.floor(this.#cluster.world.clock.now() / 1_000);
    const { name, namespace = "", uid = "" } = account.metadata;
    const token = this.#signed({
      aud: audiences,
      exp: issuedAt + seconds,
      iat: issuedAt,
      iss: issuerOf(this.#cluster),
      nbf: issuedAt,
      sub: `system:serviceaccount:${namespace}:${name}`,
      "kubernetes.io": { namespace, serviceaccount: { name, uid }, ...bound },
    });
    return { token, expiresAtMs: (issuedAt + seconds) * 1_000 };
  }

  /** The token that a secret keeps: it does not end. */
  issueForSecret(account: KubeObject, secret: string): string {
    const { name, namespace = "", uid = "" } = account.metadata;
    return this.#signed({
      iss: "kubernetes/serviceaccount",
      "kubernetes.io/serviceaccount/namespace": namespace,
      "kubernetes.io/serviceaccount/secret.name": secret,
      "kubernetes.io/serviceaccount/service-account.name": name,
      "kubernetes.io/serviceaccount/service-account.uid": uid,
      sub: `system:serviceaccount:${namespace}:${name}`,
    });
  }

  /** Whose token it is; undefined for what was not issued here, is over, or belongs to an account that is gone. */
  userOf(token: string): UserInfo | undefined {
    const claims = this.#read(token);
    if (claims === undefined) return undefined;
    const fromSecret = textAt(claims, "kubernetes.io/serviceaccount/secret.name");
    if (fromSecret !== undefined) return this.#userOfSecret(claims, fromSecret, token);
    if ((numberAt(claims, "exp") ?? 0) * 1_000 <= this.#cluster.world.clock.now()) return undefined;
    const namespace = textAt(claims, "kubernetes.io", "namespace") ?? "";
    const name = textAt(claims, "kubernetes.io", "serviceaccount", "name") ?? "";
    const uid = textAt(claims, "kubernetes.io", "serviceaccount", "uid") ?? "";
    return this.#userOfAccount(namespace, name, uid);
  }

  #userOfSecret(claims: unknown, secret: string, token: string): UserInfo | undefined {
    const namespace = textAt(claims, "kubernetes.io/serviceaccount/namespace") ?? "";
    const kept = textAt(this.#cluster.store.get(secrets, namespace, secret), "data", "token") ?? "";
    if (Buffer.from(kept, "base64").toString("utf8") !== token) return undefined;
    const name = textAt(claims, "kubernetes.io/serviceaccount/service-account.name") ?? "";
    const uid = textAt(claims, "kubernetes.io/serviceaccount/service-account.uid") ?? "";
    return this.#userOfAccount(namespace, name, uid);
  }

  #userOfAccount(namespace: string, name: string, uid: string): UserInfo | undefined {
    const account = this.#cluster.store.get(serviceAccounts, namespace, name);
    return account?.metadata.uid === uid ? serviceAccountUser(namespace, name, uid) : undefined;
  }

  #signed(claims: Record<string, unknown>): string {
    const text = `${encode({ alg: "ES256", kid: "fairway", typ: "JWT" })}.${encode(claims)}`;
    const signature = sign("sha256", Buffer.from(text), { key: this.#pair().privateKey, dsaEncoding: "ieee-p1363" });
    return `${text}.${signature.toString("base64url")}`;
  }

  #read(token: string): unknown {
    const [head = "", claims = "", signature = ""] = token.split(".", 3);
    const bytes = Buffer.from(`${head}.${claims}`);
    const key = { key: this.#pair().publicKey, dsaEncoding: "ieee-p1363" } as const;
    try {
      if (!verify("sha256", bytes, key, Buffer.from(signature, "base64url"))) return undefined;
      return JSON.parse(Buffer.from(claims, "base64url").toString("utf8"));
    } catch {
      return undefined;
    }
  }

  #pair(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
    this.#keys ??= generateKeyPairSync("ec", { namedCurve: "P-256" });
    return this.#keys;
  }
}

/** Also the audience of tokens that are asked for without one. */
export function issuerOf({ name }: Pick<Cluster, "name">): string {
  return `https://${name}.oic.aks.local/`;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
