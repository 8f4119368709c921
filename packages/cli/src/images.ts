import { createRequire } from "node:module";
import type { ImageProgram } from "@fairway/emulator";

const { resolve } = createRequire(import.meta.url);

/** What runs for the images of the sample apps: their entry files, under this very Node. */
export const sampleImages: Readonly<Record<string, ImageProgram>> = {
  "payment-api:1.0.0": paymentApi("1.0.0"),
  "payment-api:1.1.0": paymentApi("1.1.0"),
  "config-server:1.0.0": { command: node("@fairway/config-server") },
};

function paymentApi(version: string): ImageProgram {
  return { command: node("@fairway/payment-api"), env: { APP_VERSION: version } };
}

function node(app: string): [string, ...string[]] {
  return [process.execPath, "--disable-warning=ExperimentalWarning", resolve(app)];
}
