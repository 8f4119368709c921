import type { TokenCredential } from "@azure/core-auth";
import { FairwayError } from "@fairway/model";
import { KubeConfig, type User } from "@kubernetes/client-node";

/** Application id of the AKS AAD server, the same in every tenant: the audience of tokens for the Kubernetes API. */
const aksScope = "6dae42f8-4368-4678-94ff-3960e28e3630/.default";

/**
 * The configuration that ARM gave for the cluster. Where it wants a token of Microsoft Entra ID (by calling
 * `kubelogin`, which need not be installed here) the token comes from the credential of the target.
 */
export function kubeConfigFromArm(yaml: string, credential: TokenCredential): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromString(yaml);
  const user = kubeConfig.getCurrentUser();
  if (!user || !wantsEntraToken(user)) return kubeConfig;
  const fromEntra: User = { name: user.name, authProvider: { name: entraProvider } };
  kubeConfig.users = kubeConfig.users.map((other) => (other.name === user.name ? fromEntra : other));
  kubeConfig.addAuthenticator({
    isAuthProvider: ({ authProvider }) => isEntraProvider(authProvider),
    async applyAuthentication(_user, options: { headers?: unknown }) {
      const token = await credential.getToken(aksScope);
      if (!token) throw noToken();
      options.headers = { ...asHeaders(options.headers), Authorization: `Bearer ${token.token}` };
    },
  });
  return kubeConfig;
}

export function kubeConfigFromFile(path: string): KubeConfig {
  const kubeConfig = new KubeConfig();
  try {
    kubeConfig.loadFromFile(path);
  } catch (thrown) {
    throw new FairwayError("target-invalid", `The kubeconfig ${path} cannot be read.`, {
      hint: "Check the path, or leave the option out: credentials then come from Azure.",
      cause: thrown,
    });
  }
  return kubeConfig;
}

const entraProvider = "fairway-entra";

function wantsEntraToken(user: User): boolean {
  const command: unknown = (user.exec as { command?: unknown } | undefined)?.command;
  const provider: unknown = (user.authProvider as { name?: unknown } | undefined)?.name;
  return provider === "azure" || (typeof command === "string" && /(^|[\\/])kubelogin(\.exe)?$/.test(command));
}

function isEntraProvider(provider: unknown): boolean {
  return typeof provider === "object" && provider !== null && "name" in provider && provider.name === entraProvider;
}

function asHeaders(headers: unknown): object {
  return typeof headers === "object" && headers !== null ? headers : {};
}

function noToken(): FairwayError {
  return new FairwayError("unauthenticated", "The credential gave no token for the Kubernetes API.", {
    hint: "Sign in, e.g. az login, with an identity that may use the cluster.",
  });
}
