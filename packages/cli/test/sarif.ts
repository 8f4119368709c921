import { z } from "zod";

const message = z.strictObject({ text: z.string().min(1) });

/** What the schema of SARIF 2.1.0 (OASIS) asks of the objects that a pre-flight prints, and code scanning beside it. */
export const sarifSchema = z.strictObject({
  $schema: z.url(),
  version: z.literal("2.1.0"),
  runs: z
    .array(
      z.strictObject({
        tool: z.strictObject({
          driver: z.strictObject({
            name: z.string().min(1),
            rules: z.array(z.strictObject({ id: z.string().min(1), shortDescription: message, help: message })),
          }),
        }),
        results: z.array(
          z.strictObject({
            ruleId: z.string().min(1),
            ruleIndex: z.int().min(0),
            level: z.enum(["none", "note", "warning", "error"]),
            message,
            locations: z
              .array(
                z.strictObject({
                  physicalLocation: z.strictObject({
                    // Relative, or a scanner looks for it nowhere.
                    artifactLocation: z.strictObject({ uri: z.string().regex(/^(?!\/|[a-z]+:)/) }),
                    region: z.strictObject({ startLine: z.int().min(1) }),
                  }),
                  logicalLocations: z.array(
                    z.strictObject({ name: z.string().min(1), fullyQualifiedName: z.string().min(1) }),
                  ),
                }),
              )
              .min(1),
            partialFingerprints: z.record(z.string(), z.string()),
            suppressions: z.array(
              z.strictObject({ kind: z.enum(["inSource", "external"]), justification: z.string().optional() }),
            ),
          }),
        ),
      }),
    )
    .min(1),
});
