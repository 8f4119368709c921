import type { Random } from "@fairway/kernel";
import { parseQuantity } from "../../world/kubernetes/validation/quantities.ts";
import type { ContainerSpec, Usage } from "../../world/ports.ts";
import type { World } from "../../world/world.ts";

const mebibyte = 1_048_576;
/** A server that waits for requests: assumed, the same for the whole life of a container. */
const idle = { cpuMillicores: [1, 5], memoryMiB: [12, 48] } as const;

/** What a modelled container uses: an idle server, or what the arguments of a load generator ask for. */
export function modelledUsage({ random }: Pick<World, "random">, spec: ContainerSpec): Usage {
  const stream = random.stream(`model-runtime/${spec.id}/usage`);
  const words = [...(spec.command ?? []), ...(spec.args ?? [])];
  const cores = Number(argumentOf(words, ["--cpu", "-c", "-cpus", "--cpus"]));
  const bytes = parseQuantity(argumentOf(words, ["--vm-bytes", "-mem-total"]));
  const isStress = /stress|consum/.test(`${spec.image} ${words[0] ?? ""}`);
  const cpu = isStress && cores > 0 ? cores * 1_000 : between(stream, idle.cpuMillicores);
  const memory = isStress && bytes !== undefined ? bytes : between(stream, idle.memoryMiB) * mebibyte;
  return { cpuMillicores: Math.min(cpu, spec.cpuLimitMillicores ?? cpu), memoryBytes: Math.round(memory) };
}

function argumentOf(words: readonly string[], names: readonly string[]): string | undefined {
  const index = words.findIndex((word) => names.includes(word));
  return index < 0 ? undefined : words[index + 1];
}

function between(random: Pick<Random, "below">, [least, most]: readonly [number, number]): number {
  return least + random.below((most - least) * 1_000) / 1_000;
}
