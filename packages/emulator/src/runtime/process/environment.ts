import type { ImageProgram } from "../../azure.ts";
import type { ContainerSpec } from "../../world/ports.ts";

/** All that a child inherits from the machine. */
const inheritedNames = ["PATH", "HOME", "TMPDIR", "TEMP", "LANG", "TZ", "SystemRoot"];

export interface EnvironmentParts {
  readonly spec: ContainerSpec;
  readonly program: ImageProgram;
  readonly port: number;
  readonly proxyUrl: string | undefined;
  readonly hostEnvironment: Readonly<Record<string, string | undefined>>;
}

/** The child's environment. Later parts win: machine, image, manifest, and last what makes it reachable here. */
export function childEnvironment({ spec, program, port, proxyUrl, hostEnvironment }: EnvironmentParts) {
  const inherited: Record<string, string> = {};
  for (const name of inheritedNames) {
    const value = hostEnvironment[name];
    if (value !== undefined) inherited[name] = value;
  }
  return { ...inherited, ...program.env, ...spec.env, ...proxyVariables(proxyUrl), PORT: String(port) };
}

/** Both spellings: curl and others read only the lower-case one. */
function proxyVariables(proxyUrl: string | undefined): Record<string, string> {
  if (proxyUrl === undefined) return {};
  const proxy = withPassword(proxyUrl);
  const direct = "127.0.0.1,localhost";
  return { HTTP_PROXY: proxy, http_proxy: proxy, NO_PROXY: direct, no_proxy: direct, NODE_USE_ENV_PROXY: "1" };
}

/** Node's `fetch` sends Proxy-Authorization only when the proxy's URL has a user and a password. */
function withPassword(proxyUrl: string): string {
  const url = new URL(proxyUrl);
  if (url.username !== "" && url.password === "") url.password = "scope";
  return url.href;
}
