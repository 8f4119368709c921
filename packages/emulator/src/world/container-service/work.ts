import type { Scheduler } from "@fairway/kernel";
import type { Outcome, Task } from "./state.ts";

/** Something that takes time: started by the call, which returns how to stop it. `done` is called once, from the scheduler. */
export type Work = (done: (outcome: Outcome) => void) => Task;

/** One after another. The first that does not succeed is the last, and its outcome is the outcome of all. */
export function inTurn(clock: Scheduler, works: readonly Work[]): Work {
  return (done) => {
    let current: Task = wait(clock, 0)(() => startFrom(0));
    function startFrom(index: number): void {
      const work = works[index];
      if (!work) {
        done({ kind: "succeeded" });
        return;
      }
      current = work((outcome) => (outcome.kind === "succeeded" ? startFrom(index + 1) : done(outcome)));
    }
    return { cancel: () => current.cancel() };
  };
}

/** All at the same time. The first failure in the order of `works` is the outcome, once all have ended. */
export function together(clock: Scheduler, works: readonly Work[]): Work {
  return (done) => {
    if (works.length === 0) return wait(clock, 0)(done);
    const outcomes: Outcome[] = [];
    let waiting = works.length;
    const tasks = works.map((work, index) =>
      work((outcome) => {
        outcomes[index] = outcome;
        waiting -= 1;
        if (waiting === 0) done(outcomes.find(({ kind }) => kind !== "succeeded") ?? { kind: "succeeded" });
      }),
    );
    return {
      cancel() {
        for (const task of tasks) task.cancel();
      },
    };
  };
}

export function wait(clock: Scheduler, delayMs: number): Work {
  return (done) => clock.after(delayMs, () => done({ kind: "succeeded" }));
}

/** Until a time, and at least so long from its turn on. */
export function waitUntil(clock: Scheduler, timeMs: number, leastMs: number): Work {
  return (done) => wait(clock, Math.max(leastMs, timeMs - clock.now()))(done);
}

/** Changes something at its turn. */
export function act(clock: Scheduler, change: () => void): Work {
  return (done) =>
    clock.after(0, () => {
      change();
      done({ kind: "succeeded" });
    });
}

/** Undoes something when the work is cancelled in the middle. */
export function undoneBy(undo: () => void, work: Work): Work {
  return (done) => {
    const task = work(done);
    return {
      cancel() {
        task.cancel();
        undo();
      },
    };
  };
}
