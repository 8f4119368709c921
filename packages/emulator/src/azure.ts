import type { CalibrationChanges } from "./world/calibration.ts";
import type { Address } from "./world/ports.ts";

export interface AzureOptions {
  /** Decides every draw. Default 1. */
  readonly seed?: number | string;
  /** How many times faster than real Azure the platform's own operations go. Default 60. */
  readonly timeScale?: number;
  /** How replicas are made. `process`: images of the catalogue are child processes, others are modelled. `model`: all are. Default `process`. */
  readonly runtime?: "process" | "model";
  /** What runs for an image: by name with tag, as apps name it. */
  readonly images?: Readonly<Record<string, ImageProgram>>;
  /** Durations and chances in the place of the defaults, by name. Refused with a `CalibrationError` when something is wrong with them. */
  readonly calibration?: CalibrationChanges;
  /** Whether Azure Resource Manager refuses calls (429) whose token bucket is empty. Buckets refill `timeScale` times faster. Default true. */
  readonly throttling?: boolean;
  /** Port of ARM; the next ones are taken for the gateway and for clusters. Default: any free ports. */
  readonly port?: number;
  /**
   * Port of HTTPS for apps, 0 for any free one: plain HTTP is then sent on to it (301), unless the app's ingress allows it,
   * and client certificates are asked for. Default: apps are served on plain HTTP alone, and nothing is sent on.
   */
  readonly appsHttpsPort?: number;
  /** Address to listen on. Default 127.0.0.1. Any other than loopback needs a token. */
  readonly host?: string;
  /** What the control door and the status page ask for, and what secrets are made from. At least 16 characters. Default: none. */
  readonly token?: string;
}

export interface ImageProgram {
  readonly command: readonly [string, ...string[]];
  readonly workingDirectory?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A running embedded Azure. */
export interface Azure extends AsyncDisposable {
  /** `https://127.0.0.1:port`: Azure Resource Manager, the identity endpoint and the control door. */
  readonly armUrl: string;
  /** The certificate authority that its clients must trust, as PEM. */
  readonly caCertificate: string;
  readonly subscriptionId: string;
  readonly tenantId: string;
  readonly location: string;
  /** A credential that it accepts, for `credential` of the Azure SDKs. */
  readonly credential: { getToken(): Promise<{ token: string; expiresOnTimestamp: number }> };
  /** Where public hosts of apps are served: send the app's host name in the Host header. */
  readonly gateway: Address;
  /** The same over HTTPS, with certificates of `caCertificate` for every host; undefined without `appsHttpsPort`. */
  readonly secureGateway: Address | undefined;
  /** What a shell needs so that the Azure SDKs and the `fairway` command use it. */
  readonly environment: Readonly<Record<string, string>>;
  /** The same for a program that signs in as a service principal with a secret (`EnvironmentCredential`). */
  readonly servicePrincipal: Readonly<Record<string, string>>;
  /** A token of a Kubernetes service account, as `AZURE_FEDERATED_TOKEN_FILE` holds one for workload identity. */
  federatedToken(): string;
  /**
   * What a client of Azure could not do: faults, maintenance, the trace. The same as HTTP on `/_emulator…` of `armUrl`.
   * Returns the status and the body of the answer.
   */
  control(method: string, path: string, body?: unknown): { status: number; body: unknown };
  /** As `az aks get-credentials` gives them, by name of the cluster. */
  kubeconfigs(): Readonly<Record<string, string>>;
  /** The whole world as JSON, but for what runs in it: see docs/emulator.md. */
  exportState(): string;
  /** Makes everything again that `exportState` gave. Resolves when it is there; rejects when something was refused. */
  importState(state: string): Promise<void>;
  close(): Promise<void>;
}
