/** What the world needs from outside. Everything here is called synchronously; answers come later, through the scheduler. */

export interface Address {
  readonly host: string;
  readonly port: number;
}

// ---------------------------------------------------------------- runtime

export interface ContainerSpec {
  /** Unique in the world; used for logs and traces. */
  readonly id: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The port that the app is asked to listen on, as the manifest says. The runtime may give it another one: see `Container.address`. */
  readonly port?: number;
  /** Where short host names are looked up: `<namespace>.<cluster name>` or the name of the Container Apps environment. */
  readonly scope?: string;
  /** More it never uses. Default: no limit. */
  readonly cpuLimitMillicores?: number;
  /** It has an end (an init container, a job): a modelled one whose command says nothing else ends with exit code 0. */
  readonly runsToCompletion?: boolean;
}

export type ContainerExit = {
  readonly exitCode: number;
  readonly signal?: string;
  /** As Kubernetes names it, when the exit code does not say it (`OOMKilled`). Default `Completed` or `Error`. */
  readonly reason?: string;
  /** What it wrote to its termination log. */
  readonly message?: string;
};

/** Called from the scheduler, never from inside a call of the runtime. */
export interface ContainerEvents {
  /** The image is there and the process runs. It may not listen yet. */
  started(): void;
  exited(exit: ContainerExit): void;
  /** No process came to be: reason as the kubelet names it (`ErrImagePull`), and a sentence. */
  failedToStart(reason: string, message: string): void;
  log(line: string): void;
}

export interface ProbeRequest {
  readonly kind: "httpGet" | "tcpSocket";
  readonly path?: string;
  readonly port?: number;
  readonly timeoutMs: number;
}

export interface Container {
  /** Where it can be reached; undefined until it has started and when it has ended. */
  address(): Address | undefined;
  /** SIGTERM. */
  terminate(): void;
  /** SIGKILL. `exited` follows. */
  kill(): void;
  /** One probe. `done` is called once, from the scheduler; not at all when the container ends first. */
  probe(request: ProbeRequest, done: (ok: boolean, message: string) => void): void;
  /** From now on it says yes to every such probe, for as long as it runs. Absent: nobody can say. */
  isSteady?(request: ProbeRequest): boolean;
  /** What it used between two moments of the world's clock while it ran; undefined: nobody knows. */
  usage?(fromMs: number, toMs: number): Usage | undefined;
}

export interface Usage {
  /** Mean over the time. */
  readonly cpuMillicores: number;
  /** Working set at its end. */
  readonly memoryBytes: number;
}

/** Makes replicas real (child processes) or modelled (numbers). */
export interface Runtime {
  start(spec: ContainerSpec, events: ContainerEvents): Container;
  /** One that has run since `startedAtMs`, as a saved state has it: nobody is told of its start. Undefined: it cannot be. */
  resume?(spec: ContainerSpec, events: ContainerEvents, startedAtMs: number): Container | undefined;
  /** Kills everything and waits until it is gone. */
  close(): Promise<void>;
}

// ---------------------------------------------------------------- data plane

/** One share of a host's traffic: a revision, a label's revision, a Kubernetes Service. */
export interface Backend {
  /** Told to the client in the `x-emulator-revision` response header. */
  readonly name: string;
  /** Any non-negative number; the share is weight / sum of weights. */
  readonly weight: number;
  readonly endpoints: readonly Address[];
  /**
   * What happens to this backend's share while it has no endpoint: `reject` answers 503; `hold` keeps the request
   * until an endpoint comes (Container Apps at zero replicas) or the request times out.
   */
  readonly whenEmpty: "reject" | "hold";
  /** What `reject` answers. Default 503. Gateway API wants 500 for a backend that does not exist. */
  readonly rejectStatus?: number;
}

export interface Route {
  readonly backends: readonly Backend[];
  /** Asked first, in this order: a request that one of them matches goes to another host's backends. */
  readonly rules?: readonly PathRule[];
  readonly policy?: IngressPolicy;
}

/** How the ingress of a host looks at requests before it passes them on. */
export interface IngressPolicy {
  /** Who may call: all but those of `deny`, or only those of `allow`. CIDR blocks of IPv4. */
  readonly sources?: { readonly action: "allow" | "deny"; readonly blocks: readonly string[] };
  readonly cors?: CorsPolicy;
  /** Plain HTTP is sent on to HTTPS, where there is HTTPS. */
  readonly secureOnly?: boolean;
  /** Whether clients may or must show a certificate, which the app gets to see. Default: nobody looks at it. */
  readonly clientCertificate?: "accept" | "require";
  /** Requests that bring the cookie of an earlier answer go to the replica that gave it. */
  readonly sticky?: boolean;
}

/** `*` stands for any. */
export interface CorsPolicy {
  readonly allowedOrigins: readonly string[];
  readonly allowedMethods: readonly string[];
  readonly allowedHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAgeSeconds: number | undefined;
  readonly allowCredentials: boolean;
}

export interface PathRule {
  /** `segments` is a prefix that ends where a path segment ends. */
  readonly kind: "prefix" | "exact" | "segments";
  readonly path: string;
  readonly caseSensitive: boolean;
  /** Replaces what was matched. */
  readonly prefixRewrite: string | undefined;
  /** The host whose route takes it. */
  readonly host: string;
}

export interface BackendStats {
  /** Requests that were assigned to the backend since the start. */
  readonly requests: number;
  /** Requests in flight, held ones included. */
  readonly active: number;
}

/** The gateway. A route is replaced as a whole; requests in flight finish where they are. */
export interface DataPlane {
  /** Host names are compared without case and without port. */
  setRoute(host: string, route: Route): void;
  removeRoute(host: string): void;
  stats(host: string, backend: string): BackendStats;
  /** Called from the scheduler when a request waits for a backend with no endpoint. Returns the function that ends it. */
  onHeld(listener: (host: string, backend: string) => void): () => void;
  /** Where clients reach it. */
  address(): Address;
}
