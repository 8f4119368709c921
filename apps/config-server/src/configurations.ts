/** What config-server knows about one app. `revision` changes whenever the settings do. */
export interface Configuration {
  readonly app: string;
  readonly revision: string;
  readonly settings: Readonly<Record<string, number | string | boolean>>;
}

export const configurations: ReadonlyMap<string, Configuration> = new Map(
  [
    { app: "payment-api", revision: "1", settings: { amountMinorUnitsMax: 1_000_000_000_000 } },
    { app: "settlement-worker", revision: "1", settings: { batchSizeMax: 100 } },
  ].map((configuration) => [configuration.app, configuration]),
);
