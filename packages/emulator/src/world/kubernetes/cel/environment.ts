import { Environment } from "@marcbachmann/cel-js";
import { addAddresses } from "./library/addresses.ts";
import { addAuthorizer } from "./library/authorizer.ts";
import { addFormats } from "./library/formats.ts";
import { addLists } from "./library/lists.ts";
import { addPatches } from "./library/patches.ts";
import { addQuantities } from "./library/quantities.ts";
import { addSemver } from "./library/semver.ts";
import { addSets } from "./library/sets.ts";
import { addTexts } from "./library/texts.ts";
import { addComprehensions } from "./library/two-variables.ts";
import { addUrls } from "./library/urls.ts";

/** CEL as Kubernetes 1.36 speaks it (apiserver: pkg/cel/environment/base.go), for expressions whose variables have types. */
export function checkingEnvironment(): Environment {
  checking ??= withLibraries(new Environment({ enableOptionalTypes: true }));
  return checking.clone();
}

/** The same for values of any type: what is evaluated has been checked before. `optional`: what may be missing. */
export function evaluatingEnvironment(optional?: string): Environment {
  const options = { enableOptionalTypes: true, unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false };
  evaluating ??= withLibraries(new Environment(options));
  const environment = evaluating.clone(options);
  return optional === undefined ? environment : environment.registerVariable(optional, "optional<dyn>");
}

let checking: Environment | undefined;
let evaluating: Environment | undefined;

function withLibraries(environment: Environment): Environment {
  const libraries = [addLists, addTexts, addSets, addQuantities, addAddresses, addUrls, addFormats, addSemver];
  for (const add of [...libraries, addComprehensions, addAuthorizer, addPatches]) add(environment);
  return environment;
}
