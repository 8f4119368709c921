/** An answer of the gateway itself. */
export interface Refusal {
  readonly status: number;
  readonly text: string;
  readonly close: boolean;
  /** The backend that was meant to answer. */
  readonly revision?: string;
  /** The answer to a HEAD request. */
  readonly withoutBody?: boolean;
  /** More header lines, each with its end. */
  readonly lines?: string;
}

export function textOf({ status, text, close, revision, withoutBody, lines: more = "" }: Refusal): string {
  const lines = [
    `HTTP/1.1 ${status} ${reasons[status] ?? "Error"}`,
    "content-type: text/plain",
    `content-length: ${text.length}`,
    ...(revision === undefined ? [] : [`x-emulator-revision: ${revision}`]),
    ...(close ? ["connection: close"] : []),
  ];
  return `${lines.join("\r\n")}\r\n${more}\r\n${withoutBody ? "" : text}`;
}

const reasons: Readonly<Record<number, string>> = {
  200: "OK",
  301: "Moved Permanently",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  417: "Expectation Failed",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};
