import { isRecord, type JsonRecord } from "../json.ts";
import { parseAccept } from "../negotiation.ts";
import type { Registry } from "../registry.ts";
import type { KubeResponse } from "../request.ts";
import { type Dialect, definitionsOf } from "./definitions.ts";
import { encodeDocument } from "./v2-protobuf.ts";

const protobuf = /^application\/com\.github\.proto-openapi\.spec\.v2[@.]v1\.0\+protobuf$/;

/**
 * OpenAPI v2: the schemas of all kinds in one document, in JSON and in the protobuf that kubectl asks for. It says
 * nothing of paths, which clients of today take from version 3.
 */
export function openApiV2(registry: Registry, kubernetesVersion: string, accept: string): KubeResponse {
  const document = (): JsonRecord => ({
    swagger: "2.0",
    info: { title: "Kubernetes", version: `v${kubernetesVersion}` },
    paths: {},
    definitions: definitionsOf(registry.types, dialect),
  });
  for (const { media } of parseAccept(accept)) {
    if (media === "*/*" || media === "application/*" || media === "application/json") {
      return { kind: "json", status: 200, body: document() };
    }
    if (protobuf.test(media)) {
      const contentType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
      return { kind: "bytes", status: 200, contentType, bytes: encodeDocument(document()) };
    }
  }
  return { kind: "text", status: 406, text: "" };
}

const dialect: Dialect = {
  prefix: "#/definitions/",
  scalars: {
    quantity: { type: "string" },
    time: { type: "string", format: "date-time" },
    microTime: { type: "string", format: "date-time" },
    intOrString: { type: "string", format: "int-or-string" },
  },
  member: (reference, said) => ({ ...said, ...reference }),
  // Values are named in version 3 only.
  said: ({ description }) => {
    const [text = ""] = description.split("\n\nPossible enum values:");
    return text ? { description: text } : {};
  },
  custom: customSchema,
};

/** What version 2 can say of a structural schema (apiextensions: controller/openapi/v2/conversion.go). */
function customSchema(schema: JsonRecord): JsonRecord {
  const { description, type, format, items, properties, additionalProperties, required, enum: values } = schema;
  const extensions = Object.entries(schema).filter(([name]) => name.startsWith("x-kubernetes-"));
  const base = { ...(description ? { description } : {}), ...(Object.fromEntries(extensions) as JsonRecord) };
  // A value that may be null, or of several types, has none in version 2.
  if (schema["nullable"] === true || schema["x-kubernetes-int-or-string"] === true) return base;
  if (schema["x-kubernetes-preserve-unknown-fields"] === true) return { ...base, ...(type ? { type } : {}) };
  return {
    ...base,
    ...(type ? { type } : {}),
    ...(format ? { format } : {}),
    ...(required ? { required } : {}),
    ...(values ? { enum: values } : {}),
    ...(isRecord(items) ? { items: customSchema(items) } : {}),
    ...(isRecord(additionalProperties) ? { additionalProperties: customSchema(additionalProperties) } : {}),
    ...(isRecord(properties) ? { properties: customProperties(properties) } : {}),
  };
}

function customProperties(properties: JsonRecord): JsonRecord {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, isRecord(schema) ? customSchema(schema) : {}]),
  );
}
