/**
 * `GET /metadata/endpoints`: what `az cloud register` and other clients read to know the cloud behind an address. Three
 * shapes, by api-version: one flat object until 2018, a list of clouds from 2018-05-01 on, one cloud from 2022-09-01 on.
 */
export function cloudMetadata(baseUrl: string, tenantId: string, apiVersion: string): unknown {
  if (apiVersion < "2018-05-01") return flatMetadata(baseUrl);
  const cloud = metadataOf(baseUrl, tenantId);
  return apiVersion < "2022-09-01" ? [cloud] : cloud;
}

function flatMetadata(baseUrl: string): unknown {
  return {
    galleryEndpoint: "https://gallery.azure.com/",
    graphEndpoint: "https://graph.windows.net/",
    portalEndpoint: "https://portal.azure.com",
    authentication: { loginEndpoint: baseUrl, audiences: audiences(baseUrl) },
  };
}

function metadataOf(baseUrl: string, tenantId: string): unknown {
  return {
    name: "FairwayCloud",
    portal: "https://portal.azure.com",
    resourceManager: baseUrl,
    authentication: {
      loginEndpoint: baseUrl,
      audiences: audiences(baseUrl),
      tenant: tenantId,
      identityProvider: "AAD",
    },
    graph: "https://graph.windows.net/",
    graphAudience: "https://graph.windows.net/",
    microsoftGraphResourceId: "https://graph.microsoft.com/",
    gallery: "https://gallery.azure.com/",
    media: "https://rest.media.azure.net",
    batch: "https://batch.core.windows.net/",
    suffixes: {
      acrLoginServer: "azurecr.io",
      keyVaultDns: "vault.azure.net",
      storage: "core.windows.net",
      sqlServerHostname: "database.windows.net",
    },
  };
}

function audiences(baseUrl: string): readonly string[] {
  return [baseUrl, `${baseUrl}/`, "https://management.core.windows.net/", "https://management.azure.com/"];
}
