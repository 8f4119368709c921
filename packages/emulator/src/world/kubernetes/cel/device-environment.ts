import type { Environment } from "@marcbachmann/cel-js";
import { type Checked, checkExpression } from "./compile.ts";
import { checkingEnvironment } from "./environment.ts";

/** CEL that selects devices (kubernetes: staging/src/k8s.io/dynamic-resource-allocation/cel/compile.go). */
export function checkDevice(expression: string): Checked {
  base ??= withDevice(checkingEnvironment());
  return checkExpression(base.clone(), expression);
}

let base: Environment | undefined;

function withDevice(environment: Environment): Environment {
  const type = "kubernetes.DRADevice";
  const fields = {
    driver: "string",
    attributes: "map<string, map<string, dyn>>",
    capacity: "map<string, map<string, kubernetes.Quantity>>",
    allowMultipleAllocations: "bool",
  };
  return environment.registerType(type, { fields }).registerVariable("device", type);
}
