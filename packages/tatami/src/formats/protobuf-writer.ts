// As much of protobuf's wire format as event files and ONNX need: numbers, bytes and messages, written field by field.

const encoder = new TextEncoder();

export class ProtobufWriter {
  readonly #pieces: Uint8Array[] = [];

  /** @param value an integer in [0, 2⁵³) */
  int(field: number, value: number): this {
    return this.#push(varint(field * 8), varint(value));
  }

  double(field: number, value: number): this {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    return this.#push(varint(field * 8 + 1), bytes);
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#push(varint(field * 8 + 5), bytes);
  }

  doubles(field: number, values: readonly number[]): this {
    const bytes = new Uint8Array(8 * values.length);
    const view = new DataView(bytes.buffer);
    values.forEach((value, index) => {
      view.setFloat64(8 * index, value, true);
    });
    return this.bytes(field, bytes);
  }

  text(field: number, text: string): this {
    return this.bytes(field, encoder.encode(text));
  }

  message(field: number, message: ProtobufWriter): this {
    return this.bytes(field, message.finish());
  }

  bytes(field: number, bytes: Uint8Array): this {
    return this.#push(varint(field * 8 + 2), varint(bytes.length), bytes);
  }

  /** Fields that are encoded already. */
  raw(bytes: Uint8Array): this {
    return this.#push(bytes);
  }

  finish(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.#pieces.reduce((total, { length }) => total + length, 0));
    let offset = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, offset);
      offset += piece.length;
    }
    return whole;
  }

  #push(...pieces: readonly Uint8Array[]): this {
    this.#pieces.push(...pieces);
    return this;
  }
}

/** Seven bits a byte, the lowest first. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.of(...bytes, rest);
}
