/** What a fault makes of a write of a container app. */
export type WriteFault =
  /** It ends as failed after this long. */
  | { readonly kind: "expires"; readonly afterMs: number; readonly details: string }
  /** It does not end before `whenReleased` calls back. */
  | { readonly kind: "stuck"; whenReleased(run: () => void): void };

export type WriteFaults = (app: string, environment: string) => WriteFault | undefined;
