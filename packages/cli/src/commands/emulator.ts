import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Azure, AzureOptions } from "@fairway/emulator";
import type { Postgres } from "@fairway/lab";
import { FairwayError } from "@fairway/model";
import type { Command } from "commander";
import { readCalibration } from "../calibration-file.ts";
import type { CommonOptions, Context } from "../context.ts";
import { readScenario, startScenario } from "../emulator-files.ts";
import { formatSettings } from "../emulator-settings.ts";
import { sampleImages } from "../images.ts";
import { createProgress, type ProgressDisplay } from "../progress.ts";
import { openStateFile } from "../state-file.ts";
import { untilAborted } from "../until-aborted.ts";
import { wholeNumber } from "../whole-number.ts";
import { addEmulatorFault } from "./emulator-fault.ts";

interface EmulatorOptions extends CommonOptions {
  readonly port: string;
  readonly seed: string;
  readonly timeScale: string;
  readonly folder: string;
  readonly demo: boolean;
  readonly postgres: boolean;
  readonly host: string;
  readonly appsHttpsPort?: string;
  readonly token?: string;
  readonly scenario?: string;
  readonly calibration?: string;
  readonly stateFile?: string;
  readonly stateEvery: string;
}

export function addEmulator(program: Command, context: Context): void {
  const emulator = program
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
    .option("--host <address>", "address to listen on; any other than loopback asks everybody for a token", "127.0.0.1")
    .option(
      "--apps-https-port <port>",
      "HTTPS for apps: plain HTTP is sent on to it, as Container Apps does. 0 takes a free one; without it there is none",
    )
    .option("--token <token>", "that token, at least 16 characters; without it one is made and printed")
    .option(
      "--state-file <file>",
      "read at the start when it is there, written again and again and at the end: the whole world",
    )
    .option("--state-every <seconds>", "how often the state file is written", "10")
    .option("--scenario <file>", "faults and their times, as YAML")
    .option("--calibration <file>", "durations and chances in the place of the defaults, YAML or JSON")
    .addHelpText("after", "\nExample:\n  fairway emulator --time-scale 30\n")
    .action((options: EmulatorOptions) => run(options, context));
  addEmulatorFault(emulator, context);
}

// What only this command needs is loaded here: the others start in a third of the time without it.
async function run(options: EmulatorOptions, context: Context): Promise<void> {
  const settings = await readSettings(options, context);
  const scenario = await readScenario(options, context);
  const everySeconds = wholeNumber(options.stateEvery, "--state-every", 1, 3_600);
  const progress = createProgress(context.stderr, options.json);
  await using stack = new AsyncDisposableStack();
  stack.defer(() => progress.end());
  const { stateFile } = options;
  const state = stateFile === undefined ? undefined : stack.use(await openStateFile(stateFile, context.folder));
  progress.show({ message: "Starting the embedded Azure" });
  const azure = stack.use(await start(settings));
  context.signal.throwIfAborted();
  const databaseUrl = options.postgres ? stack.use(await startDatabase(context, progress)).url : undefined;
  const restored = (await state?.restore(azure, progress)) ?? false;
  if (!restored && options.demo) {
    progress.show({ message: "Creating the resource group, the cluster and the environment demo" });
  }
  const demo = !restored && options.demo ? await createDemo(azure, context.signal) : {};
  const exports = await writeSettings({ options, context, azure, databaseUrl, token: settings.token, demo });
  if (scenario !== undefined) startScenario(azure, scenario, options);
  progress.end();
  context.stdout.write(options.json ? `${JSON.stringify(exports)}\n` : formatSettings(exports, azure));
  if (state) await state.keep(azure, everySeconds, context.signal);
  else await untilAborted(context.signal);
}

async function readSettings(options: EmulatorOptions, context: Context): Promise<AzureOptions> {
  const { calibration } = options;
  return {
    port: wholeNumber(options.port, "--port", 0, 65_535),
    seed: wholeNumber(options.seed, "--seed", 0, 2 ** 31),
    timeScale: wholeNumber(options.timeScale, "--time-scale", 1, 1_000),
    images: sampleImages,
    host: options.host,
    ...(options.appsHttpsPort === undefined
      ? {}
      : { appsHttpsPort: wholeNumber(options.appsHttpsPort, "--apps-https-port", 0, 65_535) }),
    ...(await tokenOf(options)),
    ...(calibration === undefined ? {} : { calibration: await readCalibration(calibration, context) }),
  };
}

/** One is made when it is needed and was not given. */
async function tokenOf({ host, token }: EmulatorOptions): Promise<{ token?: string }> {
  if (token !== undefined) {
    if (token.length >= shortestToken) return { token };
    throw new FairwayError("usage", `--token must have at least ${shortestToken} characters.`, {
      hint: "Leave it out and one is made.",
      path: "--token",
    });
  }
  const { isLoopback } = await import("@fairway/emulator");
  return isLoopback(host) ? {} : { token: randomBytes(24).toString("base64url") };
}

const shortestToken = 16;

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

async function createDemo(azure: Azure, signal: AbortSignal): Promise<Record<string, string>> {
  const { createPlatform } = await import("@fairway/lab");
  const { clusterAddress, environmentAddress } = await createPlatform(azure, { ...demoPlatform, signal });
  return { FAIRWAY_TARGET: clusterAddress, FAIRWAY_TARGET_ACA: environmentAddress };
}

interface Running {
  readonly options: EmulatorOptions;
  readonly context: Context;
  readonly azure: Azure;
  readonly databaseUrl: string | undefined;
  readonly token: string | undefined;
  /** Addresses of what was created. */
  readonly demo: Readonly<Record<string, string>>;
}

/** Writes the certificate, the kubeconfig and a federated token, and returns what a shell needs to use them. */
async function writeSettings(running: Running): Promise<Record<string, string>> {
  const { options, context, azure, databaseUrl, token, demo } = running;
  const folder = resolve(context.folder, options.folder);
  await mkdir(folder, { recursive: true });
  const certificate = join(folder, "ca.pem");
  await writeFile(certificate, azure.caCertificate);
  await writeFile(join(folder, "federated-token"), azure.federatedToken(), { mode: 0o600 });
  const [kubeconfig] = Object.values(azure.kubeconfigs());
  const kubeconfigFile = join(folder, "kubeconfig");
  if (kubeconfig !== undefined) await writeFile(kubeconfigFile, kubeconfig, { mode: 0o600 });
  return {
    ...azure.environment,
    NODE_EXTRA_CA_CERTS: certificate,
    FAIRWAY_ARM_ENDPOINT: azure.armUrl,
    FAIRWAY_ARM_CA: certificate,
    ...(token ? { FAIRWAY_EMULATOR_TOKEN: token } : {}),
    ...(databaseUrl ? { DATABASE_URL: databaseUrl } : {}),
    ...(kubeconfig === undefined ? {} : { KUBECONFIG: kubeconfigFile }),
    ...demo,
  };
}
