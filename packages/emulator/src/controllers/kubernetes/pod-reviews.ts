import type { AskWebhooks, WebhookAnswer } from "../../world/cluster.ts";
import { StatusError } from "../../world/kubernetes/status-error.ts";
import type { KubeObject } from "../../world/objects.ts";
import type { World } from "../../world/world.ts";

/** Thrown by a controller that needs the answer of webhooks: its queue comes back to the key once it is there. */
export class PodUnderReview extends Error {
  readonly whenAnswered: (listener: () => void) => void;

  constructor(whenAnswered: (listener: () => void) => void) {
    super("webhooks have been asked about a pod");
    this.name = "PodUnderReview";
    this.whenAnswered = whenAnswered;
  }
}

/** How long an answer waits for the controller that asked: by then it has changed its mind. */
const keptMs = 60_000;

/** Asks webhooks about the pods of controllers, which cannot wait for an answer. One answer serves one pod. */
export class PodReviews {
  readonly #world: World;
  readonly #asker: () => AskWebhooks | undefined;
  readonly #answers = new Map<string, WebhookAnswer>();
  readonly #listeners = new Map<string, (() => void)[]>();

  constructor(world: World, asker: () => AskWebhooks | undefined) {
    this.#world = world;
    this.#asker = asker;
  }

  /**
   * The pod as webhooks want it. Throws `PodUnderReview` while they think, and their refusal. `order`: the pod as the
   * controller has it, by which it is known again.
   */
  review(order: KubeObject, pod: KubeObject): KubeObject {
    const ask = this.#asker();
    if (!ask) return pod;
    const key = keyOf(order);
    const answer = this.#answers.get(key);
    if (!answer) throw this.#ask(ask, key, pod);
    this.#answers.delete(key);
    if (answer.kind === "refused") throw new StatusError(403, "Forbidden", answer.message);
    return { ...answer.object, metadata: { ...answer.object.metadata, name: pod.metadata.name } };
  }

  #ask(ask: AskWebhooks, key: string, pod: KubeObject): PodUnderReview {
    if (!this.#listeners.has(key)) {
      this.#listeners.set(key, []);
      ask(pod, (answer) => this.#world.clock.after(0, () => this.#take(key, answer)));
    }
    return new PodUnderReview((listener) => this.#listeners.get(key)?.push(listener));
  }

  #take(key: string, answer: WebhookAnswer): void {
    const listeners = this.#listeners.get(key) ?? [];
    this.#listeners.delete(key);
    this.#answers.set(key, answer);
    this.#world.clock.after(keptMs, () => {
      if (this.#answers.get(key) === answer) this.#answers.delete(key);
    });
    for (const listener of listeners) listener();
  }
}

/** Pods that differ only in the end of a generated name are the same for webhooks. */
function keyOf({ metadata, spec }: KubeObject & { spec?: unknown }): string {
  const { name, ...others } = metadata;
  return JSON.stringify([others.generateName === undefined ? name : "", others, spec]);
}
