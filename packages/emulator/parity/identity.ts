import { deviates, missing, type ParityArea, works } from "./row.ts";

const clients = "identity-clients.test.ts";

export const identity: ParityArea = {
  title: "Identity and tokens",
  rows: [
    works(
      "GET token of a managed identity, protocol 2019-08-01",
      "Managed identity, App Service",
      clients,
      "signs in as the managed identity of an App Service",
    ),
    works(
      "GET token of the instance metadata service, and the call that looks for it",
      "Managed identity, IMDS",
      clients,
      "signs in as the managed identity of a virtual machine",
    ),
    works(
      "an identity that is not there",
      "Managed identity, App Service",
      clients,
      "is refused an identity that is not there",
    ),
    works(
      "POST /{tenant}/oauth2/v2.0/token with a client secret",
      "Entra client credentials",
      clients,
      "signs in as a service principal with a secret",
    ),
    works(
      "POST /{tenant}/oauth2/token with a resource",
      "Entra client credentials",
      clients,
      "speaks version 1 with a resource, in the words of that version",
    ),
    works("refusals of the token endpoint", "Entra error codes", clients, "refuses as Entra does: %j"),
    works("a tenant that is not there", "Entra error codes", clients, "knows one tenant"),
    deviates(
      "federated tokens",
      "Workload identity federation",
      "form, audience and expiry are checked; the issuer is taken as trusted, its signature is not checked",
      [clients, "signs in with the federated token of a workload"],
    ),
    works(
      "openid configuration, keys, RS256",
      "Entra client credentials",
      clients,
      "publishes the key that its tokens are signed with",
    ),
    works(
      "access tokens live for an hour",
      "Entra client credentials",
      "arm-tokens.test.ts",
      "a token is valid for an hour",
    ),
    works(
      "tokens of Entra at the Kubernetes API",
      "AKS docs: kubelogin",
      "kubernetes-entra.test.ts",
      "are taken for the application of AKS, and the groups of administrators may do everything",
    ),
    works("401 for other tokens", "AKS docs: kubelogin", "kubernetes-entra.test.ts", "are refused %s"),
    works(
      "kubeconfigs with kubelogin",
      "AKS docs: kubelogin",
      "kubernetes-entra.test.ts",
      "tell kubectl to ask kubelogin",
    ),
    works(
      "disableLocalAccounts",
      "AKS docs: kubelogin",
      "kubernetes-entra.test.ts",
      "are refused for administrators without local accounts",
    ),
    deviates(
      "members of groups, Azure RBAC",
      "AKS docs: kubelogin",
      "there is one principal: it is a member of every group of administrators, and with Azure RBAC it may do everything; role assignments are not looked at",
      ["kubernetes-entra.test.ts", "are taken with Azure RBAC"],
    ),
    works("the audience of a token", "ARM errors", clients, "must be for ARM"),
    works(
      "claims challenge after a revocation",
      "Entra claims challenge",
      clients,
      "that were revoked are refused with a claims challenge, which the official client answers",
    ),
    deviates(
      "names of tenants",
      "Entra client credentials",
      "the one tenant answers to its id, and to common, organizations and adfs as well",
    ),
    missing("sign-in of people: device code, browser, password", "Entra client credentials", "AADSTS70003"),
    missing(
      "certificates of service principals",
      "Entra client credentials",
      "the assertion is read as a federated token",
    ),
  ],
};
