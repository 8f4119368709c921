/** Programs that are measured in a Node of their own. Each prints one line of JSON: milliseconds and bytes. */

const subscription = "11111111-2222-4333-8444-555555555555";

/** Time of an import, and the memory that the process has when it is done. `none`: an empty Node. */
export function importing(module: string | undefined): string {
  return `
    const begin = performance.now();
    ${module === undefined ? "" : `await import(${JSON.stringify(module)});`}
    const ms = performance.now() - begin;
    console.log(JSON.stringify({ ms, rssBytes: process.memoryUsage().rss }));`;
}

/** Until a target's first call asks for its token: everything that the call needs is loaded then. */
export function firstUseOf(address: "aca" | "aks"): string {
  const rest = address === "aca" ? "group/environment" : "group/cluster/namespace";
  return `${untilToken}
    const { connect } = await import("@fairway/sdk");
    await connect("${address}://${subscription}/${rest}", { credential }).catch(() => undefined);
    ${report}`;
}

/** The same call with the official client alone, and what else its target cannot do without. */
export function firstUseOfClient(address: "aca" | "aks"): string {
  const use = {
    aca: `
      const { ContainerAppsAPIClient } = await import("@azure/arm-appcontainers");
      const client = new ContainerAppsAPIClient(credential, "${subscription}");
      await client.managedEnvironments.get("group", "environment").catch(() => undefined);`,
    aks: `
      const [{ ContainerServiceClient }] = await Promise.all([
        import("@azure/arm-containerservice"), import("@kubernetes/client-node")]);
      const client = new ContainerServiceClient(credential, "${subscription}");
      await client.managedClusters.listClusterUserCredentials("group", "cluster").catch(() => undefined);`,
  };
  return `${untilToken}${use[address]}${report}`;
}

const untilToken = `
  const begin = performance.now();
  let ms;
  const credential = { getToken() { ms ??= performance.now() - begin; throw new Error("far enough"); } };`;
const report = "console.log(JSON.stringify({ ms, rssBytes: process.memoryUsage().rss }));";
