/** One field of a message as it lies on the wire. Groups (wire types 3 and 4) are not used by Kubernetes. */
export type WireField = { readonly number: number } & (
  | { readonly kind: "varint"; readonly value: bigint }
  | { readonly kind: "bytes"; readonly value: Uint8Array }
  | { readonly kind: "fixed"; readonly value: Uint8Array }
);

/** Reads the fields of a message. Throws a RangeError for what is no protobuf. */
export function readFields(message: Uint8Array): readonly WireField[] {
  const reader = new Reader(message);
  const fields: WireField[] = [];
  while (!reader.atEnd) fields.push(readField(reader));
  return fields;
}

function readField(reader: Reader): WireField {
  const tag = reader.varint();
  const number = Number(tag >> 3n);
  switch (Number(tag & 7n)) {
    case 0:
      return { number, kind: "varint", value: reader.varint() };
    case 1:
      return { number, kind: "fixed", value: reader.bytes(8) };
    case 2:
      return { number, kind: "bytes", value: reader.bytes(Number(reader.varint())) };
    case 5:
      return { number, kind: "fixed", value: reader.bytes(4) };
    default:
      throw new RangeError("unknown wire type");
  }
}

class Reader {
  readonly #data: Uint8Array;
  #offset = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  get atEnd(): boolean {
    return this.#offset >= this.#data.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#data[this.#offset++];
      if (byte === undefined) throw new RangeError("the message ends inside a number");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new RangeError("a number is too long");
  }

  bytes(length: number): Uint8Array {
    const end = this.#offset + length;
    if (end > this.#data.length) throw new RangeError("the message ends inside a field");
    const bytes = this.#data.subarray(this.#offset, end);
    this.#offset = end;
    return bytes;
  }
}
