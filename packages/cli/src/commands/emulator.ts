import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Azure, startAzure } from "@fairway/emulator";
import { createPlatform, startPostgres } from "@fairway/lab";
import type { Command } from "commander";
import type { CommonOptions, Context } from "../context.ts";
import { sampleImages } from "../images.ts";
import { wholeNumber } from "./compare.ts";

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
    .option("--port <port>", "port of Azure Resource Manager; 0 takes a free one", "4281")
    .option("--seed <number>", "decides every draw", "1")
    .option("--time-scale <factor>", "how many times faster than real Azure the platform's own operations go", "60")
    .option("--folder <folder>", "where the certificate and the kubeconfig are written", ".fairway")
    .option("--no-demo", "start empty")
    .option("--no-postgres", "no PostgreSQL for the sample payment API")
    .addHelpText("after", "\nExample:\n  fairway emulator --time-scale 30\n")
    .action((options: EmulatorOptions) => run(options, context));
}

async function run(options: EmulatorOptions, context: Context): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const azure = stack.use(
    await startAzure({
      port: wholeNumber(options.port, "--port", 0, 65_535),
      seed: wholeNumber(options.seed, "--seed", 0, 2 ** 31),
      timeScale: wholeNumber(options.timeScale, "--time-scale", 1, 1_000),
      images: sampleImages,
    }),
  );
  context.signal.throwIfAborted();
  const databaseUrl = options.postgres ? stack.use(await startPostgres({ signal: context.signal })).url : undefined;
  const settings = await writeSettings(options, context, azure, databaseUrl);
  context.stdout.write(options.json ? `${JSON.stringify(settings)}\n` : formatSettings(settings, azure));
  if (!context.signal.aborted) {
    await new Promise((done) => context.signal.addEventListener("abort", done, { once: true }));
  }
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
