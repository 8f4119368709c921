import { ArmError } from "../../../world/arm/provider.ts";

/** What is wrong with a template or its parameters, in the words of Azure Resource Manager. */
export function templateViolation(text: string, path = ""): ArmError {
  const info = { lineNumber: 0, linePosition: 0, path };
  const extra = { additionalInfo: [{ type: "TemplateViolation", info }] };
  return new ArmError(400, "InvalidTemplate", `Deployment template validation failed: '${text}'.`, { extra });
}

/** An expression that cannot be evaluated. */
export class ExpressionProblem extends Error {}

/** Only known while the deployment runs: what a resource is like that is not made yet. */
export class NotYetKnown extends Error {}
