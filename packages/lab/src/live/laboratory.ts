import { type Azure, type AzureOptions, startAzure } from "@fairway/emulator";
import { connect, type DeploymentTarget } from "@fairway/sdk";
import { type Postgres, startPostgres } from "../postgres/postgres.ts";
import { createPlatform } from "./platform.ts";
import { laboratoryPlatform } from "./setting.ts";

export interface LaboratoryOptions {
  readonly seed: number;
  readonly timeScale: number;
  readonly images: NonNullable<AzureOptions["images"]>;
  readonly databaseUrl?: string;
  readonly signal?: AbortSignal;
}

export type TargetName = "AKS" | "Container Apps";

/** Everything that the live lane's experiments stand on: an embedded Azure, a PostgreSQL, and both targets connected. */
export interface Laboratory extends AsyncDisposable {
  readonly azure: Azure;
  readonly postgres: Postgres;
  readonly targets: Readonly<Record<TargetName, DeploymentTarget>>;
  /** Tells the control door of the embedded Azure to do something: inject a fault, start a maintenance. */
  command(method: string, path: string, body?: unknown): unknown;
}

export async function openLaboratory(options: LaboratoryOptions): Promise<Laboratory> {
  const stack = new AsyncDisposableStack();
  try {
    const [azure, postgres] = await startBoth(stack, options);
    const platform = await createPlatform(azure, {
      ...laboratoryPlatform,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    const connection = {
      credential: azure.credential,
      arm: { endpoint: azure.armUrl, caCertificate: azure.caCertificate },
    };
    const aks = await connect(platform.clusterAddress, connection);
    stack.defer(() => aks.close());
    const containerApps = await connect(platform.environmentAddress, connection);
    stack.defer(() => containerApps.close());
    const owned = stack.move();
    return {
      azure,
      postgres,
      targets: { AKS: aks, "Container Apps": containerApps },
      command: (method, path, body) => command(azure, method, path, body),
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** At the same time, and none left behind when the other fails. */
async function startBoth(stack: AsyncDisposableStack, options: LaboratoryOptions): Promise<[Azure, Postgres]> {
  const { seed, timeScale, images, databaseUrl, signal } = options;
  const started = await Promise.allSettled([
    startAzure({ seed, timeScale, images }).then((azure) => stack.use(azure)),
    startPostgres({ ...(databaseUrl ? { databaseUrl } : {}), ...(signal ? { signal } : {}) }).then((postgres) =>
      stack.use(postgres),
    ),
  ]);
  const [azure, postgres] = started;
  if (azure.status === "rejected") throw azure.reason;
  if (postgres.status === "rejected") throw postgres.reason;
  signal?.throwIfAborted();
  return [azure.value, postgres.value];
}

function command(azure: Azure, method: string, path: string, body: unknown): unknown {
  const answer = azure.control(method, path, body);
  if (answer.status < 300) return answer.body;
  throw new Error(`${method} ${path} was refused (${answer.status}): ${JSON.stringify(answer.body)}`);
}
