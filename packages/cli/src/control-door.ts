import { readFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { FairwayError } from "@fairway/model";
import type { Context } from "./context.ts";

export interface DoorOptions {
  readonly armEndpoint?: string;
  readonly armCa?: string;
  readonly token?: string;
}

/** One call of the control door of a running emulator. Rejects with a `FairwayError` when it is not there or says no. */
export async function callDoor<Answer>(
  context: Context,
  options: DoorOptions,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const endpoint = options.armEndpoint ?? context.environment["FAIRWAY_ARM_ENDPOINT"];
  if (!endpoint || !URL.canParse(endpoint)) {
    throw new FairwayError("usage", "No emulator was named.", {
      hint: "Run `fairway emulator` in another shell and paste its variables here, or give --arm-endpoint.",
      path: "--arm-endpoint",
    });
  }
  const authority = options.armCa ?? context.environment["FAIRWAY_ARM_CA"];
  const token = options.token ?? context.environment["FAIRWAY_EMULATOR_TOKEN"];
  const answer = await send(new URL(path, endpoint), {
    method,
    ...(authority ? { ca: await readFile(authority, "utf8") } : {}),
    ...(token ? { token } : {}),
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: context.signal,
  });
  if (answer.status < 300) return (answer.text === "" ? undefined : JSON.parse(answer.text)) as Answer;
  throw refusal(answer);
}

interface Sent {
  readonly method: string;
  readonly ca?: string;
  readonly token?: string;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
}

function send(url: URL, { method, ca, token, body, signal }: Sent): Promise<{ status: number; text: string }> {
  const headers = {
    ...(token ? { authorization: `Bearer ${token}` } : {}),
    ...(body === undefined ? {} : { "content-type": "application/json" }),
  };
  return new Promise((resolve, reject) => {
    const call = request(url, { method, headers, signal, ...(ca ? { ca } : {}) }, (response: IncomingMessage) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    call.on("error", (cause) =>
      reject(
        new FairwayError("unreachable", `The emulator at ${url.origin} cannot be reached.`, {
          hint: "Is `fairway emulator` still running? Paste the variables that it printed, FAIRWAY_ARM_CA among them.",
          cause,
        }),
      ),
    );
    call.end(body);
  });
}

/** What the door says is wrong is what the user typed. */
function refusal({ status, text }: { readonly status: number; readonly text: string }): FairwayError {
  const { detail = `The emulator answered ${status}.`, hint = "Send the token.", field } = problemOf(text);
  if (status === 401) {
    return new FairwayError("unauthenticated", "The emulator asks for its token.", {
      hint: "Give --token, or set FAIRWAY_EMULATOR_TOKEN, as `fairway emulator` printed it.",
    });
  }
  return new FairwayError("usage", detail, { hint, ...(field ? { path: field } : {}) });
}

/** Problem JSON; anything else says nothing. */
function problemOf(text: string): { detail?: string; hint?: string; field?: string } {
  try {
    return JSON.parse(text) as { detail?: string; hint?: string; field?: string };
  } catch {
    return {};
  }
}
