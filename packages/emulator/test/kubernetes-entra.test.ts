import { ContainerServiceClient, type ManagedCluster } from "@azure/arm-containerservice";
import { AuthenticationV1Api, CoreV1Api, KubeConfig, RbacAuthorizationV1Api } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type Azure, startAzure } from "../src/index.ts";
import { parameters } from "./container-service-client.ts";
import { httpsRequest } from "./https-request.ts";
import { refusal } from "./kubernetes-fixture.ts";

const serverApp = "6dae42f8-4368-4678-94ff-3960e28e3630";
const adminGroup = "aaaaaaaa-0000-4000-8000-000000000001";

let azure: Azure;
let client: ContainerServiceClient;

beforeAll(async () => {
  azure = await startAzure({ runtime: "model", timeScale: 3_000 });
  client = new ContainerServiceClient(azure.credential, azure.subscriptionId, {
    endpoint: azure.armUrl,
    tlsOptions: { ca: azure.caCertificate },
  } as ConstructorParameters<typeof ContainerServiceClient>[2]);
  await httpsRequest(`${azure.armUrl}/subscriptions/${azure.subscriptionId}/resourcegroups/rg?api-version=2024-11-01`, {
    method: "PUT",
    ca: azure.caCertificate,
    headers: {
      authorization: `Bearer ${(await azure.credential.getToken()).token}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ location: "westeurope" }),
  });
  const managed = { aadProfile: { managed: true, adminGroupObjectIDs: [adminGroup] } };
  await Promise.all([
    create("plain", {}),
    create("entra", { ...managed, disableLocalAccounts: true }),
    create("azure-rbac", { aadProfile: { managed: true, enableAzureRbac: true } }),
    create("own-rbac", { aadProfile: { managed: true } }),
  ]);
});

afterAll(async () => {
  await azure.close();
});

async function create(name: string, more: Partial<ManagedCluster>): Promise<void> {
  await client.managedClusters.beginCreateOrUpdateAndWait("rg", name, { ...parameters, dnsPrefix: name, ...more });
}

/** As kubelogin gets one for a service principal. */
async function tokenFor(audience: string): Promise<string> {
  const { AZURE_CLIENT_ID: id = "", AZURE_CLIENT_SECRET: secret = "" } = azure.servicePrincipal;
  const answer = await httpsRequest(`${azure.armUrl}/${azure.tenantId}/oauth2/v2.0/token`, {
    method: "POST",
    ca: azure.caCertificate,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: id,
      client_secret: secret,
      scope: `${audience}/.default`,
    }).toString(),
  });
  return (answer.json() as { access_token: string }).access_token;
}

/** The cluster, called with a token of its own choice. */
function cluster(name: string, token: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromString(azure.kubeconfigs()[name] ?? "");
  config.users = [{ name: "entra", token }];
  config.contexts = config.contexts.map((context) => ({ ...context, user: "entra" }));
  return config;
}

describe("tokens of Entra at the Kubernetes API", () => {
  it("are taken for the application of AKS, and the groups of administrators may do everything", async () => {
    const config = cluster("entra", await tokenFor(serverApp));
    const { items } = await config.makeApiClient(CoreV1Api).listNamespace();
    expect(items.map(({ metadata }) => metadata?.name)).toContain("kube-system");
    const { status } = await config.makeApiClient(AuthenticationV1Api).createSelfSubjectReview({ body: {} });
    expect(status?.userInfo?.username).toMatch(/^[0-9a-f-]{36}$/);
    expect(status?.userInfo?.groups).toEqual([adminGroup, "system:authenticated"]);
    const rbac = config.makeApiClient(RbacAuthorizationV1Api);
    const binding = await rbac.readClusterRoleBinding({ name: "aks-cluster-admin-binding-aad" });
    expect(binding).toMatchObject({
      roleRef: { name: "cluster-admin" },
      subjects: [{ kind: "Group", name: adminGroup }],
    });
  });

  it("are taken with Azure RBAC", async () => {
    const core = cluster("azure-rbac", await tokenFor(serverApp)).makeApiClient(CoreV1Api);
    await core.createNamespacedConfigMap({ namespace: "default", body: { metadata: { name: "mine" } } });
  });

  it("have only the rights that the cluster gives, where nothing else does", async () => {
    const core = cluster("own-rbac", await tokenFor(serverApp)).makeApiClient(CoreV1Api);
    const { code, body } = await refusal(core.listNamespacedPod({ namespace: "default" }));
    expect(code).toBe(403);
    expect(String(body["message"])).toMatch(
      /^pods is forbidden: User "[0-9a-f-]{36}" cannot list resource "pods" in API group "" in the namespace "default"/,
    );
  });

  it.each([
    ["for another application", "entra", "https://management.azure.com"],
    ["on a cluster without Entra", "plain", serverApp],
  ])("are refused %s", async (_, name, audience) => {
    const core = cluster(name, await tokenFor(audience)).makeApiClient(CoreV1Api);
    await expect(core.listNamespace()).rejects.toMatchObject({ code: 401 });
  });
});

describe("kubeconfigs with Entra", () => {
  const text = (value: Uint8Array | undefined): string => Buffer.from(value ?? []).toString("utf8");

  it("tell kubectl to ask kubelogin", async () => {
    const { kubeconfigs } = await client.managedClusters.listClusterUserCredentials("rg", "entra");
    const { users } = parse(text(kubeconfigs?.[0]?.value)) as { users: unknown[] };
    expect(users).toMatchObject([
      {
        name: "clusterUser_rg_entra",
        user: {
          exec: {
            apiVersion: "client.authentication.k8s.io/v1beta1",
            command: "kubelogin",
            args: [
              "get-token",
              "--environment",
              "AzurePublicCloud",
              "--server-id",
              serverApp,
              "--client-id",
              "80faf920-1908-4b52-b5ef-a8e7bedfc67a",
              "--tenant-id",
              azure.tenantId,
              "--login",
              "devicecode",
            ],
            provideClusterInfo: false,
          },
        },
      },
    ]);
  });

  it("have the auth provider of old clients on request", async () => {
    const { kubeconfigs } = await client.managedClusters.listClusterUserCredentials("rg", "entra", { format: "azure" });
    const { users } = parse(text(kubeconfigs?.[0]?.value)) as { users: unknown[] };
    expect(users).toMatchObject([
      { user: { "auth-provider": { name: "azure", config: { "apiserver-id": serverApp, "config-mode": "1" } } } },
    ]);
  });

  it("are refused for administrators without local accounts", async () => {
    await expect(client.managedClusters.listClusterAdminCredentials("rg", "entra")).rejects.toMatchObject({
      statusCode: 400,
      code: "BadRequest",
      message: "Getting static credential is not allowed because this cluster is set to disable local accounts.",
    });
  });
});
