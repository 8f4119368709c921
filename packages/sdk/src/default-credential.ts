import type { TokenCredential } from "@azure/core-auth";
import { FairwayError } from "@fairway/model";

/**
 * `DefaultAzureCredential`, with its failures as `unauthenticated`. A managed identity is asked for three times within
 * two seconds: the six times of the library's own take half a minute when there is none.
 */
export async function defaultCredential(): Promise<TokenCredential> {
  const { DefaultAzureCredential } = await import("@azure/identity");
  const credential = new DefaultAzureCredential({ retryOptions: { maxRetries: 2, retryDelayInMs: 500 } });
  return {
    async getToken(scopes, options) {
      try {
        return await credential.getToken(scopes, options);
      } catch (thrown) {
        throw notSignedIn(thrown) ?? thrown;
      }
    },
  };
}

/** `@azure/identity` tells its errors apart by name: nothing to sign in with, or Microsoft Entra ID did not take it. */
function notSignedIn(thrown: unknown): FairwayError | undefined {
  if (!(thrown instanceof Error)) return undefined;
  switch (thrown.name) {
    case "AggregateAuthenticationError":
    case "CredentialUnavailableError":
      return new FairwayError("unauthenticated", "No credential for Azure was found.", {
        hint: "Run `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or give the option credential; for the embedded Azure set the variables that `fairway emulator` prints.",
        cause: thrown,
      });
    case "AuthenticationError":
    case "AuthenticationRequiredError":
      return new FairwayError("unauthenticated", `The credential was refused: ${reasonOf(thrown)}`, {
        hint: "Correct the AZURE_… variables if they are set (a secret may have expired), or run `az login` again.",
        cause: thrown,
      });
    default:
      return undefined;
  }
}

/** The sentence of Microsoft Entra ID (`AADSTS…`) where there is one, without the trace ids after it. */
function reasonOf(error: Error): string {
  const entra = /AADSTS\d+: [^\r\n]*/.exec(error.message)?.[0];
  return (entra ?? error.message.split("\n")[0] ?? "").replace(/ Trace ID: .*$/, "");
}
