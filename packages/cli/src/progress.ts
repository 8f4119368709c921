import type { Output } from "./context.ts";

export interface Step {
  readonly message: string;
  /** 0 to 1, when it can be told. */
  readonly share?: number;
}

export interface ProgressDisplay {
  show(step: Step): void;
  /** Clears the bar so that something else can be printed. */
  end(): void;
}

/** One line that moves on a terminal; elsewhere a plain line per step, so that a log can be read. */
export function createProgress(output: Output, silent = false): ProgressDisplay {
  if (silent) return { show() {}, end() {} };
  return output.isTerminal ? movingLine(output) : plainLines(output);
}

const barWidth = 24;

function movingLine(output: Output): ProgressDisplay {
  let isShown = false;
  return {
    show({ message, share }) {
      isShown = true;
      const bar = share === undefined ? "" : `${drawBar(share)} ${String(Math.round(share * 100)).padStart(3)} %  `;
      output.write(`\r\u001b[2K${(bar + message).slice(0, Math.max(20, output.columns - 1))}`);
    },
    end() {
      if (isShown) output.write("\r\u001b[2K");
      isShown = false;
    },
  };
}

function plainLines(output: Output): ProgressDisplay {
  let last = "";
  return {
    show({ message, share }) {
      if (message === last) return;
      last = message;
      output.write(`${share === undefined ? "" : `[${String(Math.round(share * 100)).padStart(3)} %] `}${message}\n`);
    },
    end() {},
  };
}

function drawBar(share: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * barWidth);
  return "█".repeat(filled) + "░".repeat(barWidth - filled);
}
