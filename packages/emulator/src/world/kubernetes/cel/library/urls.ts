import type { Environment } from "@marcbachmann/cel-js";
import { evaluationError } from "../errors.ts";

class Url {
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;

  constructor(scheme: string, host: string, path: string, query: string) {
    this.scheme = scheme;
    this.host = host;
    this.path = path;
    this.query = query;
  }
}

/** Kubernetes' URLs (apiserver: pkg/cel/library/urls.go): absolute, or an absolute path. */
export function addUrls(environment: Environment): void {
  const type = "kubernetes.URL";
  environment.registerType(type, Url);
  environment.registerFunction(`url(string): ${type}`, (text: string) => {
    const url = parse(text);
    if (url) return url;
    throw evaluationError(
      `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
    );
  });
  environment.registerFunction("isURL(string): bool", (text: string) => parse(text) !== undefined);
  environment.registerFunction(`${type}.getScheme(): string`, ({ scheme }: Url) => scheme);
  environment.registerFunction(`${type}.getHost(): string`, ({ host }: Url) => host);
  environment.registerFunction(`${type}.getHostname(): string`, hostname);
  environment.registerFunction(`${type}.getPort(): string`, ({ host }: Url) => /:(\d+)$/.exec(host)?.[1] ?? "");
  environment.registerFunction(`${type}.getEscapedPath(): string`, ({ path }: Url) => path.replaceAll(" ", "%20"));
  environment.registerFunction(`${type}.getQuery(): map<string, list<string>>`, queryOf);
}

function parse(text: string): Url | undefined {
  const [, scheme = "", host = "", path = "", query = ""] =
    /^(?:([A-Za-z][A-Za-z0-9+.-]*):\/\/(?:[^/?#@]*@)?([^/?#]*))?([^?]*)(?:\?(.*))?$/s.exec(text) ?? [];
  if (scheme === "" && !text.startsWith("/")) return undefined;
  return Array.from(text).some((sign) => sign < " ") || /[ <>"]/.test(host)
    ? undefined
    : new Url(scheme.toLowerCase(), host, path, query);
}

function hostname({ host }: Url): string {
  return host.startsWith("[") ? host.slice(1, host.indexOf("]")) : host.replace(/:\d*$/, "");
}

function queryOf({ query }: Url): Readonly<Record<string, readonly string[]>> {
  const parameters = new URLSearchParams(query);
  return Object.fromEntries([...new Set(parameters.keys())].map((name) => [name, parameters.getAll(name)]));
}
