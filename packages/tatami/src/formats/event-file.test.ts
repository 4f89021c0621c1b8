// Event files read back: by a reader that shares nothing with the writer, and by TensorBoard's where Python has it.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { crc32c } from "./crc32c.ts";
import { beginEvents, restartEvents, writeEvent } from "./event-file.ts";
import { pythonWith } from "./python.ts";

const picture = {
  channels: 3,
  height: 2,
  width: 3,
  pixels: Uint8Array.from({ length: 18 }, (_, i) => i * 14),
} as const;

const file = Buffer.concat([
  beginEvents(1000.5),
  writeEvent({
    wallTime: 1001,
    step: 300,
    values: [
      { tag: "test/accuracy", scalar: 0.75 },
      { tag: "weights", histogram: [0, 1, 1, 2, 3, Number.NaN] },
      { tag: "picture", image: picture },
      { tag: "settings", text: "**lr** 0.1" },
    ],
  }),
  restartEvents(1002, 2 ** 40),
]);

type Field = number | bigint | Buffer;

/** Fields of a message by number. */
function fieldsOf(message: Buffer): Map<number, Field[]> {
  const fields = new Map<number, Field[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = Number(varint());
    const take = (length: number): Buffer => {
      at += length;
      return message.subarray(at - length, at);
    };
    let value: Field;
    if ((tag & 7) === 0) value = varint();
    else if ((tag & 7) === 1) value = take(8).readDoubleLE();
    else if ((tag & 7) === 5) value = take(4).readFloatLE();
    else value = take(Number(varint()));
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), value]);
  }
  return fields;
}

function recordsOf(bytes: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    records.push(bytes.subarray(at + 12, at + 12 + length));
    at += 16 + length;
  }
  return records;
}

/** As TensorFlow's crc32c::Unmask has it. */
function unmasked(crc: number): number {
  const turned = (crc - 0xa282ead8) >>> 0;
  return ((turned >>> 17) | (turned << 15)) >>> 0;
}

const inner = (fields: Map<number, Field[]>, number: number, index = 0): Map<number, Field[]> =>
  fieldsOf(fields.get(number)![index] as Buffer);
const doubles = (packed: Field): number[] =>
  Array.from({ length: (packed as Buffer).length / 8 }, (_, index) => (packed as Buffer).readDoubleLE(8 * index));

describe("an event file", () => {
  const [begin, event, restart] = recordsOf(file).map(fieldsOf);

  it("begins with its version", () => {
    expect(begin.get(1)).toEqual([1000.5]);
    expect(String(begin.get(3)![0])).toBe("brain.Event:2");
  });

  it("holds scalars, histograms, images and texts", () => {
    expect(event.get(1)).toEqual([1001]);
    expect(event.get(2)).toEqual([300n]);
    const [scalar, histogram, image, text] = inner(event, 5)
      .get(1)!
      .map((value) => fieldsOf(value as Buffer));
    expect([String(scalar.get(1)![0]), scalar.get(2)]).toEqual(["test/accuracy", [0.75]]);
    const counts = inner(histogram, 5);
    expect([1, 2, 3, 4, 5].map((field) => counts.get(field)![0])).toEqual([0, 3, 5, 7, 15]);
    expect(doubles(counts.get(7)![0]).reduce((total, count) => total + count, 0)).toBe(5);
    expect(doubles(counts.get(6)![0]).at(-1)).toBe(3);
    expect([1, 2, 3].map((field) => inner(image, 4).get(field)![0])).toEqual([2n, 3n, 3n]);
    const png = inner(image, 4).get(4)![0] as Buffer;
    const data = png.subarray(png.indexOf("IDAT") + 4, png.indexOf("IEND") - 8);
    const lines = inflateSync(data);
    expect([...lines.subarray(1, 10), ...lines.subarray(11, 20)]).toEqual([...picture.pixels]);
    expect(String(inner(text, 8).get(8)![0])).toBe("**lr** 0.1");
    expect(String(inner(inner(text, 9), 1).get(1)![0])).toBe("text");
  });

  it("says where a run goes on", () => {
    expect(restart.get(2)).toEqual([2n ** 40n]);
    expect(inner(restart, 7).get(1)).toEqual([1n]);
  });

  it("has the checksums of TFRecord", () => {
    // the check value of CRC-32C
    expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
    for (let at = 0; at < file.length; ) {
      const length = Number(file.readBigUInt64LE(at));
      expect(unmasked(file.readUInt32LE(at + 8))).toBe(crc32c(file.subarray(at, at + 8)));
      expect(unmasked(file.readUInt32LE(at + 12 + length))).toBe(crc32c(file.subarray(at + 12, at + 12 + length)));
      at += 16 + length;
    }
  });

  const reading = `
import sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1], size_guidance={}).Reload()
print(events.Scalars("test/accuracy")[0].value, events.Histograms("weights")[0].histogram_value.num,
      events.Images("picture")[0].width, events.Tensors("settings")[0].tensor_proto.string_val[0].decode())
`;
  const python = pythonWith("tensorboard");
  it.skipIf(python === null)("is read by TensorBoard", () => {
    const folder = mkdtempSync(join(tmpdir(), "tatami-events-"));
    try {
      writeFileSync(join(folder, "events.out.tfevents.1.here"), file);
      const { stdout, stderr } = spawnSync(python!, ["-c", reading, folder], { encoding: "utf8" });
      expect(stdout, stderr).toBe("0.75 5.0 3 **lr** 0.1\n");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
