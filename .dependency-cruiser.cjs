// Who may import whom. The table of docs/architecture.md, as rules.
const allowed = {
  "packages/model": { own: [], npm: ["zod"] },
  "packages/kernel": { own: [], npm: [] },
  "packages/core": { own: ["model"], npm: [] },
  "packages/aks": { own: ["core", "model"], npm: ["@azure/.*", "@kubernetes/client-node"] },
  "packages/container-apps": { own: ["core", "model"], npm: ["@azure/.*"] },
  "packages/switchers": { own: ["core", "model"], npm: ["@azure/.*"] },
  "packages/sdk": {
    own: ["core", "model", "aks", "container-apps", "switchers"],
    npm: ["@azure/identity", "@azure/core-auth", "pg", "yaml"],
  },
  "packages/emulator": {
    own: ["kernel"],
    npm: ["@marcbachmann/cel-js", "@peculiar/x509", "reflect-metadata", "rfc6902", "yaml"],
  },
  "packages/lab": { own: ["sdk", "emulator", "kernel", "model"], npm: [".*"] },
  "packages/cli": { own: ["sdk", "emulator", "lab", "kernel", "model", "core", "compare-api"], npm: [".*"] },
  "apps/compare-api": { own: ["sdk", "emulator", "lab", "kernel", "model", "core"], npm: [".*"] },
  "apps/payment-api": { own: [], npm: ["express", "pg", "pino", "prom-client", "zod"] },
  "apps/config-server": { own: [], npm: ["express", "pino"] },
};

const escape = (text) => text.replaceAll("/", "\\/").replaceAll("-", "\\-");

/** Inside the emulator: what a folder must not know. Its world knows none of the others. */
const unknownTo = {
  world: "(controllers|faults|gateway|http|runtime)",
  controllers: "(faults|gateway|http|runtime)",
  gateway: "(controllers|faults|http|runtime)",
  runtime: "(controllers|faults|gateway|http)",
  faults: "(gateway|http|runtime)",
};

function roomRule([room, others]) {
  return {
    name: `emulator-${room}`,
    comment: `${room} of the emulator must not import ${others}.`,
    severity: "error",
    from: { path: `^packages/emulator/src/${room}/` },
    to: { path: `^packages/emulator/src/${others}/` },
  };
}

/** Everything under packages/ and apps/ that is neither the folder itself nor on its list. */
function workspaceRule([folder, { own }]) {
  const open = [folder, ...own.map((name) => (name === "compare-api" ? `apps/${name}` : `packages/${name}`))];
  return {
    name: `${folder.replace("/", "-")}-workspace`,
    comment: `${folder} may import only: ${own.join(", ") || "nothing of the workspace"}.`,
    severity: "error",
    from: { path: `^${escape(folder)}/src` },
    to: { path: "^(packages|apps)/", pathNot: open.map((place) => `^${escape(place)}/`) },
  };
}

function libraryRule([folder, { npm }]) {
  return {
    name: `${folder.replace("/", "-")}-libraries`,
    comment: `${folder} may use only: ${npm.join(", ") || "no library"}.`,
    severity: "error",
    from: { path: `^${escape(folder)}/src` },
    to: {
      dependencyTypes: ["npm", "npm-dev", "npm-optional", "npm-peer", "npm-no-pkg", "npm-unknown"],
      pathNot: npm.map((name) => `node_modules/(${name})/`),
    },
  };
}

module.exports = {
  forbidden: [
    ...Object.entries(unknownTo).map(roomRule),
    ...Object.entries(allowed).map(workspaceRule),
    ...Object.entries(allowed)
      .filter(([, { npm }]) => !npm.includes(".*"))
      .map(libraryRule),
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "no-unresolved",
      severity: "error",
      from: { path: "^(packages|apps)/[^/]+/src" },
      to: { couldNotResolve: true },
    },
    {
      name: "no-deep-imports",
      comment: "Other packages are entered by their exports.",
      severity: "error",
      from: { path: "^packages/([^/]+)/src" },
      to: { path: "^packages/([^/]+)/src/(?!index\\.ts$)", pathNot: "^packages/$1/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(dist|test)/" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["fairway-source", "node", "import", "types", "default"],
      extensions: [".ts", ".js", ".mjs", ".json"],
    },
  },
};
