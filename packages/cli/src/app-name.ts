import { FairwayError } from "@fairway/model";

/** The name of an app as an argument. Throws `usage` for what no app can be called. */
export function appName(text: string): string {
  if (/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(text)) return text;
  throw new FairwayError("usage", `"${text}" cannot be the name of an app.`, {
    hint: "Names of apps have a-z, 0-9 and '-', and start with a letter. `fairway status` lists the apps.",
    path: "<app>",
  });
}
