import { request } from "node:https";

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  json(): unknown;
}

/** One HTTPS request; `onText` sees the body as it comes, and may end the call by returning "stop". */
export function httpsRequest(
  url: string,
  options: {
    readonly ca: string;
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string | Uint8Array;
    readonly onText?: (text: string) => "stop" | undefined;
  },
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const { ca, method = "GET", headers = {}, body, onText } = options;
    const call = request(url, { ca, method, headers, agent: false }, (response) => {
      let text = "";
      const finish = (): void => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          json: () => JSON.parse(text) as unknown,
        });
      };
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
        if (onText?.(text) !== "stop") return;
        finish();
        response.destroy();
      });
      response.on("end", finish);
    });
    call.on("error", reject);
    call.end(body);
  });
}
