import { describe, expect, it } from "vitest";
import {
  type Answer,
  clusterBody,
  clusterPath,
  group,
  type Json,
  startWithCluster,
  startWorld,
  subscription,
} from "./container-service-world.ts";

const root = `/subscriptions/${subscription}`;
const platform = "api-version=2021-04-01";
const valueOf = ({ body }: Answer): Json[] => body["value"] as unknown as Json[];
const namesOf = (answer: Answer): Json[] => valueOf(answer).map((one) => one["name"] as Json);

function withGroups() {
  const world = startWorld();
  for (const [name, tag] of [
    ["b", "one"],
    ["c", "two"],
  ]) {
    world.call("PUT", `${root}/resourceGroups/${name}?${platform}`, { location: "westus", tags: { Team: tag } });
  }
  const names = (query: string) => {
    const answer = world.call("GET", `${root}/resourceGroups?${platform}&${query}`);
    return answer.status === 200 ? namesOf(answer) : answer.body;
  };
  return { ...world, names };
}

describe("a list of groups or resources", () => {
  it("comes in pages, each with a link to the next", () => {
    const { call } = withGroups();
    const first = call("GET", `${root}/resourceGroups?${platform}&$top=2`);
    expect(namesOf(first)).toEqual([group, "b"]);
    const next = call("GET", String(first.body["nextLink"]));
    expect(namesOf(next)).toEqual(["c"]);
    expect(next.body).not.toHaveProperty("nextLink");
  });

  it("is filtered by tag, name and place", () => {
    const { names } = withGroups();
    expect(names("$filter=tagName eq 'team' and tagValue eq 'two'")).toEqual(["c"]);
    expect(names("$filter=tagName eq 'team'")).toEqual(["b", "c"]);
    expect(names("$filter=name eq 'B' or name eq 'c'")).toEqual(["b", "c"]);
    expect(names("$filter=location ne 'westus'")).toEqual([group]);
    expect(names(`$filter=substringof('${group.slice(1)}', name)`)).toEqual([group]);
  });

  const wrong: [string, string][] = [
    ["$filter=everything", "InvalidFilterInQueryString"],
    ["$filter=colour eq 'red'", "InvalidFilterInQueryString"],
    ["$top=none", "InvalidTopInQueryString"],
    ["$skiptoken=!", "InvalidSkipToken"],
  ];

  it.each(wrong)("is refused for %s", (query, code) => {
    expect(withGroups().names(query)).toMatchObject({ error: { code } });
  });

  it("has of resources the wanted types only", () => {
    const { call } = startWithCluster();
    const list = (type: string, below = "") =>
      valueOf(call("GET", `${root}${below}/resources?${platform}&$filter=resourceType eq '${type}'`));
    expect(list("microsoft.containerservice/managedclusters")).toMatchObject([{ name: "main" }]);
    expect(list("Microsoft.App/containerApps")).toEqual([]);
    expect(list("Microsoft.App/containerApps", `/resourceGroups/${group}`)).toEqual([]);
  });
});

describe("a version of the API that is not there yet", () => {
  it("is refused by the platform and by providers, which say what they have", () => {
    const { call } = startWorld();
    const supported = expect.stringMatching(/'2099-01-01'.* supported .*2025/) as unknown;
    expect(call("GET", `${root}/resourceGroups?api-version=2099-01-01`)).toMatchObject({
      status: 400,
      body: { error: { code: "InvalidApiVersionParameter", message: supported } },
    });
    expect(call("PUT", `${clusterPath}?api-version=2099-01-01`, clusterBody())).toMatchObject({
      status: 400,
      body: { error: { code: "NoRegisteredProviderFound", message: supported } },
    });
  });
});

describe("GET Microsoft.Compute and AKS machine sizes", () => {
  it("lists sizes of one region with what they have", () => {
    const { call } = startWorld();
    const filter = "$filter=location eq 'westeurope'";
    const all = valueOf(call("GET", `${root}/providers/Microsoft.Compute/skus?api-version=2021-07-01&${filter}`));
    const size = all.find((one) => one["name"] === "Standard_D4ds_v5");
    expect(size).toMatchObject({ resourceType: "virtualMachines", locations: ["westeurope"], restrictions: [] });
    expect(size?.["capabilities"]).toContainEqual({ name: "EphemeralOSDiskSupported", value: "True" });
    const sizes = `${root}/providers/Microsoft.ContainerService/locations/westeurope/vmSkus`;
    expect(valueOf(call("GET", `${sizes}?api-version=2026-02-02-preview`))).toEqual(all);
  });
});
