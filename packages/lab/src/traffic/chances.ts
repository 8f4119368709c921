/** What becomes of one request in a step, when nobody has to wait. */
export interface Chances {
  readonly stepMs: number;
  readonly serviceMs: number;
  /** Who is worked on at the beginning of a step still is at its end. */
  readonly stay: number;
  /** Who comes at any time of a step is still worked on at its end. */
  readonly join: number;
  /** Mean work in the step for one who was there at its beginning and leaves. */
  readonly workedBeforeEndMs: number;
  /** For one who comes and leaves in it; and the deviation. */
  readonly workedThroughMs: number;
  readonly deviationMs: number;
}

export function chancesOf(stepMs: number, serviceMs: number): Chances {
  const length = stepMs / serviceMs;
  const stay = Math.exp(-length);
  const join = -Math.expm1(-length) / length;
  // The mean of an exponential time, given that it is shorter than the step.
  const workedBeforeEndMs = serviceMs - (stepMs * stay) / -Math.expm1(-length);
  // The differences of what is nearly equal are no good when steps are tiny.
  if (length < 1e-3) {
    return {
      stepMs,
      serviceMs,
      stay,
      join,
      workedBeforeEndMs: stepMs / 2,
      workedThroughMs: stepMs / 3,
      deviationMs: 0,
    };
  }
  const workedThroughMs = (serviceMs * (1 - join) - join * workedBeforeEndMs) / (1 - join);
  const variance = serviceMs ** 2 - (stepMs ** 2 * stay) / Math.expm1(-length) ** 2;
  return {
    stepMs,
    serviceMs,
    stay,
    join,
    workedBeforeEndMs,
    workedThroughMs,
    deviationMs: Math.sqrt(Math.max(0, variance)),
  };
}
