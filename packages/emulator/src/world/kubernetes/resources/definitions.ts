import { fill, recordIn, recordsIn } from "../defaults/fill.ts";
import { at, isRecord, listAt, textAt } from "../json.ts";
import { createdAtColumn } from "../printing/cells.ts";
import { defineResource, type ResourceType } from "../resource-type.ts";
import {
  validateDefinition,
  validateDefinitionUpdate,
  validateNewDefinition,
} from "../validation/definitions/definitions.ts";

export const definitionResources: readonly ResourceType[] = [
  defineResource({
    group: "apiextensions.k8s.io",
    version: "v1",
    kind: "CustomResourceDefinition",
    plural: "customresourcedefinitions",
    shortNames: ["crd", "crds"],
    categories: ["api-extensions"],
    namespaced: false,
    subresources: ["status"],
    typeName: "V1CustomResourceDefinition",
    setDefaults(draft) {
      const spec = recordIn(draft, "spec");
      fill(spec, { conversion: { strategy: "None" } });
      const names = recordIn(spec, "names");
      const kind = textAt(names, "kind");
      if (kind) fill(names, { singular: kind.toLowerCase(), listKind: `${kind}List` });
      for (const version of recordsIn(spec, "versions")) {
        if (isRecord(version["subresources"]) && version["subresources"]["status"] === null) {
          version["subresources"]["status"] = {};
        }
      }
    },
    initialStatus: (definition) => ({
      conditions: null,
      acceptedNames: { kind: "", plural: "" },
      storedVersions: listAt(definition, "spec", "versions")
        .filter((version) => at(version, "storage") === true)
        .map((version) => textAt(version, "name") ?? ""),
    }),
    judgesAll: true,
    validate: validateDefinition,
    validateCreate: validateNewDefinition,
    validateUpdate: validateDefinitionUpdate,
    columns: [createdAtColumn],
  }),
];
