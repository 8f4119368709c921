import { connect } from "@fairway/sdk";
import { connection, createCluster, images, startEmbeddedAzure } from "./embedded-azure.ts";
import { realTarget } from "./real-target.ts";
import { type ContractFixture, describeTarget } from "./target-contract.ts";

describeTarget("AKS", realTarget("aks") ?? embedded);

async function embedded(): Promise<ContractFixture> {
  const azure = await startEmbeddedAzure();
  const target = await connect(await createCluster(azure), connection(azure));
  return { target, images, port: 8080, [Symbol.asyncDispose]: () => azure.close() };
}
