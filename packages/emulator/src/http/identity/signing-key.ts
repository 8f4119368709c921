import { createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";

/** An RSA key with its public half as a JSON Web Key, as the keys document of a tenant lists it. */
export interface SigningKey {
  readonly kid: string;
  readonly jwk: Readonly<Record<string, unknown>>;
  sign(content: string): string;
  verify(content: string, signature: string): boolean;
}

let shared: SigningKey | undefined;

/**
 * Made at first use, one for the whole process: a key takes a tenth of a second. What tells the tokens of one embedded
 * Azure from those of another is in their claims, see `createTokenIssuer`.
 */
export function signingKey(): SigningKey {
  shared ??= createSigningKey();
  return shared;
}

function createSigningKey(): SigningKey {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const publicKey: KeyObject = createPublicKey(privateKey);
  const { n, e } = publicKey.export({ format: "jwk" });
  const kid = String(n).slice(0, 27);
  return {
    kid,
    jwk: { kty: "RSA", use: "sig", alg: "RS256", kid, x5t: kid, n, e },
    sign: (content) => sign("sha256", Buffer.from(content), privateKey).toString("base64url"),
    verify: (content, signature) =>
      verify("sha256", Buffer.from(content), publicKey, Buffer.from(signature, "base64url")),
  };
}
