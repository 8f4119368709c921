// A program as anybody has it: the default credential, an Azure client, nothing about where it runs.
import { ContainerServiceClient } from "@azure/arm-containerservice";
import { DefaultAzureCredential } from "@azure/identity";

const endpoint = process.env["ARM_ENDPOINT"] ?? "";
const client = new ContainerServiceClient(new DefaultAzureCredential(), process.env["AZURE_SUBSCRIPTION_ID"] ?? "", {
  endpoint,
  retryOptions: { maxRetries: 0 },
});
try {
  for await (const cluster of client.managedClusters.list()) process.stdout.write(`${cluster.name}\n`);
  process.stdout.write("listed\n");
} catch (error) {
  process.stdout.write(`${error instanceof Error ? error.message : "?"}\n`);
  process.exitCode = 1;
}
