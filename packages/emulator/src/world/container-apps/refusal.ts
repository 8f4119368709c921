/** A command that Microsoft.App refuses at once: HTTP status, error code and message as the service gives them. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = "Refusal";
    this.status = status;
    this.code = code;
  }
}

/**
 * A value that the service's own checks refuse. Message form as reported for template fields; that traffic and ingress
 * fields come in the same form and under the same code is assumed.
 */
export function invalidField(field: string, value: unknown, why: string): Refusal {
  const shown = typeof value === "string" ? value : JSON.stringify(value);
  const text = `The following field(s) are either invalid or missing. Field '${field}' is invalid with details: 'Invalid value: "${shown?.slice(0, 200) ?? ""}": ${why}';.`;
  return new Refusal(400, "InvalidParameterValueInContainerTemplate", text);
}

/** A value of the wrong JSON type. `path` as JSONPath: `$.properties.template.containers[0].name`. */
export function invalidSchema(path: string): Refusal {
  const text = `Invalid request body for container app. Path: ${path}. Does not conform to Container App schema`;
  return new Refusal(400, "ContainerAppInvalidSchema", text);
}
