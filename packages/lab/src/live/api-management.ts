import type { ApiManagementClient } from "@azure/arm-apimanagement";
import type { ProfileOptions } from "./profile.ts";

/** An API Management service whose pool of backends `clusters` divides traffic by weights. */
export async function createApiManagement(
  client: ApiManagementClient,
  { group, name, endpoints }: Omit<ProfileOptions, "httpClient">,
): Promise<void> {
  const path = [group, name] as const;
  await client.apiManagementService.beginCreateOrUpdateAndWait(...path, {
    location: "westeurope",
    publisherEmail: "pay@shop.example",
    publisherName: "pay",
    sku: { name: "Standard", capacity: 1 },
  });
  const failureCondition = { count: 3, interval: "PT1M", statusCodeRanges: [{ min: 500, max: 599 }] };
  const services = [];
  for (const { name: backend, host, weight } of endpoints) {
    const { id = "" } = await client.backend.createOrUpdate(...path, backend, {
      url: `https://${host}/api`,
      protocol: "http",
      circuitBreaker: { rules: [{ name: "down", failureCondition, tripDuration: "PT1M" }] },
    });
    services.push(weight === 0 ? { id, weight: 1, priority: 2 } : { id, weight, priority: 1 });
  }
  await client.backend.createOrUpdate(...path, "clusters", { typePropertiesType: "Pool", pool: { services } });
}
