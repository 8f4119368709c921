/** How a client came in. */
export interface Door {
  readonly scheme: "http" | "https";
  /** The certificate that it has shown, as the app is told of it. */
  readonly certificate?: string | undefined;
  /** Where plain HTTP is sent on to; undefined: nowhere. */
  readonly securePort?: number | undefined;
}
