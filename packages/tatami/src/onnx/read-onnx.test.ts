import { describe, expect, it } from "vitest";
import { ProtobufWriter } from "../formats/protobuf-writer.ts";
import * as nn from "../nn/index.ts";
import { DataError } from "../shape/errors.ts";
import { readOnnx, writeOnnx } from "./index.ts";

/** A model of one constant. */
const fileOf = (constant: ProtobufWriter): Uint8Array =>
  new ProtobufWriter().int(1, 8).message(7, new ProtobufWriter().text(2, "g").message(5, constant)).finish();

describe("readOnnx(bytes)", () => {
  it("gives back what writeOnnx wrote", async () => {
    const model = new nn.Sequential(new nn.Flatten(1), new nn.Linear(4, 2)).initialize(1);
    const bytes = await writeOnnx(model, { inputShape: [2, 2], name: "small", metadata: { a: "b" } });
    const { constants, ...rest } = await readOnnx(bytes);
    expect(rest).toEqual({
      irVersion: 8,
      opset: 17,
      producer: "tatamijs",
      name: "small",
      nodes: [
        { op: "Flatten", name: "0/Flatten", inputs: ["input"], outputs: ["0/Flatten.output"] },
        { op: "Gemm", name: "1/Gemm", inputs: ["0/Flatten.output", "1.weight", "1.bias"], outputs: ["output"] },
      ],
      inputs: [{ name: "input", shape: ["N", 2, 2] }],
      outputs: [{ name: "output", shape: ["N", 2] }],
      metadata: { a: "b" },
    });
    const state = await model.stateDict();
    expect(Object.fromEntries(constants.map(({ name, read }) => [name, read()]))).toEqual(state);
    expect(constants.map(({ dtype }) => dtype)).toEqual(["float32", "float32"]);
  });

  it("reads values that stand one by one, packed or not, negative ones too", async () => {
    const minusTwo = Uint8Array.of(0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1);
    const packed = new ProtobufWriter()
      .int(1, 2)
      .int(2, 7)
      .bytes(7, Uint8Array.of(...minusTwo, 5));
    const [integers] = (await readOnnx(fileOf(packed))).constants;
    expect(integers!.read()).toEqual({ shape: [2], dtype: "int32", values: Int32Array.of(-2, 5) });
    const single = new ProtobufWriter().int(1, 2).int(2, 1).float(4, 0.5).float(4, -3);
    const [floats] = (await readOnnx(fileOf(single))).constants;
    expect(floats!.read()).toEqual({ shape: [2], dtype: "float32", values: Float32Array.of(0.5, -3) });
  });

  it("refuses constants that lie elsewhere, do not fit their shape, are beyond int32 or no numbers", async () => {
    const refusal = async (constant: ProtobufWriter): Promise<() => unknown> => {
      const [found] = (await readOnnx(fileOf(constant.text(8, "w")))).constants;
      expect(found!.read).toThrow(DataError);
      return found!.read;
    };
    expect(await refusal(new ProtobufWriter().int(1, 2).int(2, 1).int(14, 1))).toThrow(/lies in another file/);
    const short = new ProtobufWriter().int(1, 2).int(2, 1).bytes(9, new Uint8Array(4));
    expect(await refusal(short)).toThrow(
      'onnx: the data has a constant "w" that does not fit its shape at offset 9, got 1 values, expected [2] of them',
    );
    expect(await refusal(new ProtobufWriter().int(1, 2 ** 40).int(2, 1))).toThrow(/does not fit its shape/);
    expect(
      await refusal(
        new ProtobufWriter()
          .int(1, 1)
          .int(2, 7)
          .int(7, 2 ** 31),
      ),
    ).toThrow(/got 2147483648/);
    expect(await refusal(new ProtobufWriter().int(2, 8))).toThrow(/is of no known type/);
  });

  it("refuses what is no ONNX file, or ends too soon, with its offset", async () => {
    await expect(readOnnx(new Uint8Array())).rejects.toThrow(
      "onnx: the data is no ONNX file at offset 0, got 0 graphs, expected one",
    );
    const bytes = fileOf(new ProtobufWriter());
    await expect(readOnnx(bytes.subarray(0, bytes.length - 1))).rejects.toThrow(
      "onnx: the data has a field that ends outside its message at offset 4, got 5 bytes of the 4 there are, expected a length that fits",
    );
    await expect(readOnnx(Uint8Array.of(0x0b))).rejects.toThrow(/no known kind at offset 0, got wire type 3/);
    await expect(readOnnx(new Uint8Array(12).fill(0xff))).rejects.toThrow(/has a number without an end at offset 0/);
  });
});
