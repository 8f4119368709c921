import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Azure, AzureOptions } from "@fairway/emulator";
import type { Postgres } from "@fairway/lab";
import { FairwayError } from "@fairway/model";
import type { Command } from "commander";
import type { CommonOptions, Context } from "../context.ts";
import { sampleImages } from "../images.ts";
import { createProgress, type ProgressDisplay } from "../progress.ts";
import { untilAborted } from "../until-aborted.ts";
import { wholeNumber } from "../whole-number.ts";

interface EmulatorOptions extends CommonOptions {
  readonly port: string;
  readonly seed: string;
  readonly timeScale: string;
  readonly folder: string;
  readonly demo: boolean;
  readonly postgres: boolean;
}

export function addEmulator(program: Command, context: Context): void {
  program
    .command("emulator")
    .summary("run the embedded Azure until Ctrl-C")
    .description(
      "Runs the embedded Azure on loopback and prints what the Azure SDKs, kubectl and `fairway` need to use it. It starts with a resource group `demo`, an AKS cluster `demo` and a Container Apps environment `demo`.",
    )
    .option("--port <port>", "port of Azure Resource Manager; the next ones are taken too. 0 takes free ones", "4281")
    .option("--seed <number>", "decides every draw", "1")
    .option("--time-scale <factor>", "how many times faster than real Azure the platform's own operations go", "60")
    .option("--folder <folder>", "where the certificate and the kubeconfig are written", ".fairway")
    .option("--no-demo", "start empty")
    .option("--no-postgres", "no PostgreSQL for the sample payment API")
    .addHelpText("after", "\nExample:\n  fairway emulator --time-scale 30\n")
    .action((options: EmulatorOptions) => run(options, context));
}

// What only this command needs is loaded here: the others start in a third of the time without it.
async function run(options: EmulatorOptions, context: Context): Promise<void> {
  const settings = readSettings(options);
  const progress = createProgress(context.stderr, options.json);
  await using stack = new AsyncDisposableStack();
  stack.defer(() => progress.end());
  progress.show({ message: "Starting the embedded Azure" });
  const azure = stack.use(await start(settings));
  context.signal.throwIfAborted();
  const databaseUrl = options.postgres ? stack.use(await startDatabase(context, progress)).url : undefined;
  if (options.demo) progress.show({ message: "Creating the resource group, the cluster and the environment demo" });
  const exports = await writeSettings(options, context, azure, databaseUrl);
  progress.end();
  context.stdout.write(options.json ? `${JSON.stringify(exports)}\n` : formatSettings(exports, azure));
  await untilAborted(context.signal);
}

function readSettings(options: EmulatorOptions): AzureOptions {
  return {
    port: wholeNumber(options.port, "--port", 0, 65_535),
    seed: wholeNumber(options.seed, "--seed", 0, 2 ** 31),
    timeScale: wholeNumber(options.timeScale, "--time-scale", 1, 1_000),
    images: sampleImages,
  };
}

async function start(settings: AzureOptions): Promise<Azure> {
  const { startAzure } = await import("@fairway/emulator");
  try {
    return await startAzure(settings);
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE")) throw cause;
    const taken = "port" in cause ? Number(cause.port) : settings.port;
    throw new FairwayError("port-in-use", `Port ${taken} is in use.`, {
      hint: "Another emulator may be running. Give --port another number (the ones after it are taken too), or 0 for free ones.",
      path: "--port",
      cause,
    });
  }
}

async function startDatabase(context: Context, progress: ProgressDisplay): Promise<Postgres> {
  progress.show({ message: "Starting PostgreSQL" });
  const { startPostgres } = await import("@fairway/lab");
  return await startPostgres({ signal: context.signal });
}

const demoPlatform = { group: "demo", name: "demo", nodeCount: 3 };

/** Writes the certificate and the kubeconfig, and returns what a shell needs to use them. */
async function writeSettings(
  options: EmulatorOptions,
  context: Context,
  azure: Azure,
  databaseUrl: string | undefined,
): Promise<Record<string, string>> {
  const folder = resolve(context.folder, options.folder);
  await mkdir(folder, { recursive: true });
  const certificate = join(folder, "ca.pem");
  await writeFile(certificate, azure.caCertificate);
  const settings: Record<string, string> = {
    ...azure.environment,
    NODE_EXTRA_CA_CERTS: certificate,
    FAIRWAY_ARM_ENDPOINT: azure.armUrl,
    FAIRWAY_ARM_CA: certificate,
    ...(databaseUrl ? { DATABASE_URL: databaseUrl } : {}),
  };
  if (!options.demo) return settings;
  const { createPlatform } = await import("@fairway/lab");
  const demo = await createPlatform(azure, { ...demoPlatform, signal: context.signal });
  const kubeconfig = join(folder, "kubeconfig");
  await writeFile(kubeconfig, demo.kubeconfig, { mode: 0o600 });
  return {
    ...settings,
    KUBECONFIG: kubeconfig,
    FAIRWAY_TARGET: demo.clusterAddress,
    FAIRWAY_TARGET_ACA: demo.environmentAddress,
  };
}

function formatSettings(settings: Readonly<Record<string, string>>, azure: Azure): string {
  const lines = Object.entries(settings).map(([name, value]) => `export ${name}='${value}'\n`);
  const { host, port } = azure.gateway;
  return `# The embedded Azure is running. Paste this into another shell:\n${lines.join("")}# Apps are served on http://${host}:${port}: send their host name in the Host header. Ctrl-C ends everything.\n`;
}
