import { guidFrom, type PlainNamespace } from "./plain-provider.ts";

/** What templates and command lines make beside clusters and apps, as far as somebody looks at it afterwards. */
export const plainNamespaces: readonly PlainNamespace[] = [
  {
    namespace: "Microsoft.OperationalInsights",
    apiVersions: ["2025-02-01", "2023-09-01", "2022-10-01", "2021-06-01", "2020-08-01", "2015-03-20"],
    types: [
      {
        type: "workspaces",
        tracked: true,
        filled: (draw) => ({ customerId: guidFrom(draw("customer")) }),
        // Templates call it `listKeys`, clients `sharedKeys`.
        actions: { sharedkeys: sharedKeys, listkeys: sharedKeys },
      },
    ],
  },
  {
    namespace: "Microsoft.ManagedIdentity",
    apiVersions: ["2024-11-30", "2023-01-31", "2018-11-30", "2015-08-31-preview"],
    types: [
      {
        type: "userAssignedIdentities",
        tracked: true,
        filled: (draw) => ({ principalId: guidFrom(draw("principal")), clientId: guidFrom(draw("client")) }),
      },
      { type: "userAssignedIdentities/federatedIdentityCredentials", tracked: false, filled: () => ({}) },
    ],
  },
  {
    namespace: "Microsoft.Network",
    apiVersions: ["2025-01-01", "2024-05-01", "2023-11-01", "2022-07-01", "2021-02-01", "2015-06-15"],
    types: [
      { type: "virtualNetworks", tracked: true, filled: () => ({}) },
      { type: "virtualNetworks/subnets", tracked: false, filled: () => ({}) },
    ],
  },
];

function sharedKeys(draw: (word: string) => string): unknown {
  const [primarySharedKey, secondarySharedKey] = ["primary", "secondary"].map((word) =>
    Buffer.from(draw(word)).toString("base64"),
  );
  return { primarySharedKey, secondarySharedKey };
}
