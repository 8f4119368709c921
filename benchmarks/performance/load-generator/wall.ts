/** Milliseconds since the epoch, with fractions, as the load generator counts them: the same in all processes. */
export function wallMs(): number {
  return performance.timeOrigin + performance.now();
}
