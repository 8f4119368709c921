import type { Environment } from "@marcbachmann/cel-js";
import { quantityNanos } from "../../schema/quantity-text.ts";
import { evaluationError } from "../errors.ts";

class Quantity {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

const nano = 1_000_000_000n;

/** Kubernetes' quantities (apiserver: pkg/cel/library/quantity.go). */
export function addQuantities(environment: Environment): void {
  const type = "kubernetes.Quantity";
  environment.registerType(type, Quantity);
  environment.registerOperator(`${type} == ${type}`, (one: Quantity, other: Quantity) => one.nanos === other.nanos);
  environment.registerFunction(`quantity(string): ${type}`, parse);
  environment.registerFunction("isQuantity(string): bool", (text: string) => quantityNanos(text) !== undefined);
  environment.registerFunction(`${type}.isInteger(): bool`, isInteger);
  environment.registerFunction(`${type}.asInteger(): int`, (quantity: Quantity) => {
    if (!isInteger(quantity)) throw evaluationError("cannot convert value to integer");
    return quantity.nanos / nano;
  });
  environment.registerFunction(`${type}.asApproximateFloat(): double`, ({ nanos }: Quantity) => Number(nanos) / 1e9);
  environment.registerFunction(`${type}.sign(): int`, ({ nanos }: Quantity) => sign(nanos));
  environment.registerFunction(`sign(${type}): int`, ({ nanos }: Quantity) => sign(nanos));
  addArithmetic(environment, type);
}

function addArithmetic(environment: Environment, type: string): void {
  environment.registerFunction(`${type}.add(${type}): ${type}`, (one: Quantity, other: Quantity) => {
    return new Quantity(one.nanos + other.nanos);
  });
  environment.registerFunction(`${type}.add(int): ${type}`, (one: Quantity, other: bigint) => {
    return new Quantity(one.nanos + other * nano);
  });
  environment.registerFunction(`${type}.sub(${type}): ${type}`, (one: Quantity, other: Quantity) => {
    return new Quantity(one.nanos - other.nanos);
  });
  environment.registerFunction(`${type}.sub(int): ${type}`, (one: Quantity, other: bigint) => {
    return new Quantity(one.nanos - other * nano);
  });
  environment.registerFunction(`${type}.isLessThan(${type}): bool`, (one: Quantity, other: Quantity) => {
    return one.nanos < other.nanos;
  });
  environment.registerFunction(`${type}.isGreaterThan(${type}): bool`, (one: Quantity, other: Quantity) => {
    return one.nanos > other.nanos;
  });
  environment.registerFunction(`${type}.compareTo(${type}): int`, (one: Quantity, other: Quantity) => {
    return sign(one.nanos - other.nanos);
  });
}

function parse(text: string): Quantity {
  const nanos = quantityNanos(text);
  if (nanos !== undefined) return new Quantity(nanos);
  throw evaluationError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
}

function isInteger({ nanos }: Quantity): boolean {
  return nanos % nano === 0n && BigInt.asIntN(64, nanos / nano) === nanos / nano;
}

function sign(value: bigint): bigint {
  return value < 0n ? -1n : value > 0n ? 1n : 0n;
}
