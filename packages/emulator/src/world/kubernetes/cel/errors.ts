import { EvaluationError } from "@marcbachmann/cel-js";

/** What an expression comes to when a function cannot go on. */
export function evaluationError(message: string): EvaluationError {
  return new EvaluationError(message);
}

/** Why an expression has no value, in the words of cel-go. */
export function errorText(error: unknown): string {
  if (!(error instanceof EvaluationError)) throw error;
  const { code, summary } = error;
  switch (code) {
    case "no_such_key":
      return summary.replace("No such key", "no such key");
    case "index_out_of_bounds":
      return `index out of bounds: ${/index (-?\d+)/.exec(summary)?.[1] ?? ""}`;
    case "modulo_by_zero":
      return "modulus by zero";
    case "numeric_overflow":
      return "integer overflow";
    case "no_such_overload":
    case "no_matching_overload":
      return "no such overload";
    case "int_conversion_error":
    case "uint_conversion_error":
    case "double_conversion_error":
      return `type conversion error from 'string' to '${code.replace("_conversion_error", "")}'`;
    case "invalid_timestamp":
      return "type conversion error from 'string' to 'google.protobuf.Timestamp'";
    case "invalid_duration":
      return "type conversion error from 'string' to 'google.protobuf.Duration'";
    case "optional_value_missing":
      return "optional.none() dereference";
    default:
      return summary;
  }
}
