// Models as PyTorch, Keras and scikit-learn export them (fixtures/generate-onnx.py and generate-onnx-keras.py) give here what
// they give where they come from.
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readNpz } from "../formats/index.ts";
import { tensor } from "../ops/index.ts";
import { predict } from "../train/index.ts";
import { loadOnnx } from "./index.ts";

const folder = fileURLToPath(new URL("../../fixtures/onnx/", import.meta.url));
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".onnx"))
  .map((file) => file.slice(0, -5));

/** The largest difference, as a part of the largest value, or of 1 where that is less. */
function difference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  const scale = Math.max(1, ...Array.from(expected, Math.abs));
  return Math.max(...Array.from(expected, (value, index) => Math.abs(value - found[index]!))) / scale;
}

const tested = ["reference", "wasm"] as const;

describe("loadOnnx(file) of an exported model", () => {
  it.each(names)("gives what %s gives where it comes from, on each backend", async (name) => {
    const { input, output } = await readNpz(`${folder}${name}.npz`);
    const { model } = await loadOnnx(`${folder}${name}.onnx`);
    for (const backend of tested) {
      const y = model.call(tensor(input!.values, input!.shape));
      expect(y.shape).toEqual(output!.shape);
      expect(difference(await y.data({ backend }), output!.values), backend).toBeLessThan(1e-5);
    }
  });

  it("has PyTorch's names for parameters and buffers, and says what the input is", async () => {
    const { model, inputShape, classNames } = await loadOnnx(`${folder}residual-13-train.onnx`);
    expect(inputShape).toEqual([2, 6, 6]);
    expect(classNames).toBeUndefined();
    expect(model.namedParameters().map(([path]) => path)).toEqual([
      "conv1.weight",
      "bn1.weight",
      "bn1.bias",
      "conv2.weight",
      "bn2.weight",
      "bn2.bias",
      "downsample.0.weight",
      "downsample.1.weight",
      "downsample.1.bias",
      "fc.weight",
      "fc.bias",
    ]);
    const buffers = ["bn1", "bn2", "downsample.1"].flatMap((path) => [`${path}.running_mean`, `${path}.running_var`]);
    expect(model.namedBuffers().map(([path]) => path)).toEqual(buffers);
  });

  it("says what scikit-learn calls the classes, whether texts or numbers", async () => {
    const named = async (name: string) => (await loadOnnx(`${folder}${name}.onnx`)).classNames;
    expect(await named("sklearn-pipeline-17")).toEqual(["cat", "dog", "owl"]);
    expect(await named("sklearn-logistic-9")).toEqual(["cat", "dog", "owl"]);
    expect(await named("sklearn-mlp-13")).toEqual(["4", "5", "6"]);
    expect(await named("sklearn-normalized-17")).toEqual(["4", "5", "6"]);
  });

  it.each([
    ["sklearn-mlp-13", "output_label"],
    ["sklearn-logistic-binary-17", "label"],
    ["sklearn-mlp-binary-17", "output_label"],
  ])("gives the labels of %s where its output %s is asked for", async (name, output) => {
    const { input, output: probabilities } = await readNpz(`${folder}${name}.npz`);
    const { model, classNames } = await loadOnnx(`${folder}${name}.onnx`, { output });
    const y = model.call(tensor(input!.values, input!.shape));
    const classes = classNames!.length;
    const expected = Array.from({ length: input!.shape[0]! }, (_, row) => {
      const cells = [...probabilities!.values.subarray(row * classes, (row + 1) * classes)];
      return Number(classNames![cells.indexOf(Math.max(...cells))]);
    });
    expect([...(await y.data())]).toEqual(expected);
  });

  it.each([
    "inception-13",
    "lenet-13",
    "sklearn-mlp-13",
    "sklearn-mlp-binary-17",
    "sklearn-logistic-13",
    "keras-convolutional-17",
  ])("gives scores with logits: true, whose softmax is what %s gives", async (name) => {
    const { input, output } = await readNpz(`${folder}${name}.npz`);
    const { model } = await loadOnnx(`${folder}${name}.onnx`, { logits: true });
    const images = { images: input!.values as Float32Array, imageShape: input!.shape.slice(1) };
    const { probabilities } = await predict(model, images as never);
    const expected = name.startsWith("lenet") ? output!.values.map(Math.exp) : output!.values;
    expect(difference(probabilities, expected)).toBeLessThan(1e-5);
  });

  it("gives the scores of two classes with logits: true for one column of a sigmoid", async () => {
    const { input, output } = await readNpz(`${folder}keras-dense-15.npz`);
    const { model } = await loadOnnx(`${folder}keras-dense-15.onnx`, { logits: true });
    const y = await model.call(tensor(input!.values, input!.shape)).softmax(1).data();
    expect(
      difference(
        y.filter((_, index) => index % 2 === 1),
        output!.values,
      ),
    ).toBeLessThan(1e-5);
  });
});
