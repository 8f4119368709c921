import { missing, type ParityArea, works } from "./row.ts";

export const identity: ParityArea = {
  title: "Identity and tokens",
  rows: [
    works(
      "GET token of a managed identity, protocol 2019-08-01",
      "Managed identity, App Service",
      "arm-server.test.ts",
      "gives a managed identity a token that ARM takes, for the right header only",
    ),
    works(
      "POST /{tenant}/oauth2/v2.0/token with a client secret",
      "Entra client credentials",
      "arm-server.test.ts",
      "gives a service principal a token for its secret only",
    ),
    works(
      "access tokens live for an hour",
      "Entra client credentials",
      "arm-tokens.test.ts",
      "a token is valid for an hour",
    ),
    missing("sign-in of people: device code, browser, password", "Entra client credentials", "AADSTS70003"),
  ],
};
