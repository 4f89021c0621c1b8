// Networks of ONNX files become ONNX files again, with the weights that training gave them.
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readNpz } from "../formats/index.ts";
import { tensor } from "../ops/index.ts";
import { loadOnnx, readOnnx, writeOnnx } from "./index.ts";

const folder = fileURLToPath(new URL("../../fixtures/onnx/", import.meta.url));

describe("writeOnnx(model of loadOnnx)", () => {
  it.each([
    "residual-13-train",
    "mlp-external",
    "sklearn-logistic-9",
    "sklearn-pipeline-17",
    "activations-9",
    "keras-dense-15",
  ])("gives the file of %s, whose network computes what the model does with other weights", async (name) => {
    const { input } = await readNpz(`${folder}${name}.npz`);
    const { model } = await loadOnnx(`${folder}${name}.onnx`);
    const x = tensor(input!.values, input!.shape);
    const before = await model.call(x).data();
    for (const parameter of model.parameters()) parameter.set(parameter.values().map((value) => 0.7 * value + 0.01));
    const expected = await model.call(x).data();
    expect(expected).not.toEqual(before);
    const bytes = await writeOnnx(model, { metadata: { note: "tuned" } });
    const again = await loadOnnx(bytes);
    expect(await again.model.call(x).data()).toEqual(expected);
    expect(again.metadata.note).toBe("tuned");
    const [first, second] = [await readOnnx(`${folder}${name}.onnx`), await readOnnx(bytes)];
    expect(second.nodes).toEqual(first.nodes);
    expect(second.outputs).toEqual(first.outputs);
    expect(second.constants.map((constant) => constant.name)).toEqual(first.constants.map((constant) => constant.name));
  });

  it("gives the bytes of the file where nothing has changed and nothing lay elsewhere, but for how values are laid out", async () => {
    const { model } = await loadOnnx(`${folder}mlp-13.onnx`);
    const once = await writeOnnx(model);
    expect(await writeOnnx((await loadOnnx(once)).model)).toEqual(once);
  });
});
