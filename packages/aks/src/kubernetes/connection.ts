import type { Fence } from "@fairway/core";
import {
  type Configuration,
  createConfiguration,
  HttpMethod,
  type KubeConfig,
  type RequestContext,
  type ResponseContext,
  ServerConfiguration,
  wrapHttpLibrary,
} from "@kubernetes/client-node";

export interface Connection {
  readonly configuration: Configuration;
  close(): Promise<void>;
}

/** Answers requests of the Kubernetes API in place of HTTPS; the headers are complete, authentication included. */
export type KubernetesTransport = (request: RequestContext) => Promise<ResponseContext>;

export interface ConnectionOptions {
  /** Default: over HTTPS. */
  readonly transport?: KubernetesTransport;
  /** Awaited before each request that changes something; when it rejects nothing is sent. */
  readonly fence?: Fence;
}

type Dispatcher = NonNullable<ReturnType<RequestContext["getDispatcher"]>>;

/**
 * The client makes a connection pool for each request, and with it a TLS handshake. Here the first one serves all
 * requests of the target.
 */
export function createConnection(kubeConfig: KubeConfig, { transport, fence }: ConnectionOptions = {}): Connection {
  let shared: Dispatcher | undefined;
  const configuration = createConfiguration({
    ...(transport ? { httpApi: wrapHttpLibrary({ send: (request) => transport(request) }) } : {}),
    baseServer: new ServerConfiguration(serverOf(kubeConfig), {}),
    authMethods: { default: kubeConfig },
    promiseMiddleware: [
      {
        pre: async (context) => {
          const own = context.getDispatcher();
          if (own) context.setDispatcher((shared ??= own));
          // After authentication: nothing else takes time before it is sent.
          if (fence && context.getHttpMethod() !== HttpMethod.GET) await fence();
          return context;
        },
        post: async (response) => response,
      },
    ],
  });
  async function close(): Promise<void> {
    const closing = shared;
    shared = undefined;
    await closing?.close();
  }
  return { configuration, close };
}

export function serverOf(kubeConfig: KubeConfig): string {
  return kubeConfig.getCurrentCluster()?.server ?? "";
}
