import { readFileSync } from "node:fs";
import { cp, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gradients } from "tatamijs/autodiff";
import { load, writeModel } from "tatamijs/model-file";
import { describe as describeLayers, Sequential } from "tatamijs/nn";
import { tensor } from "tatamijs/ops";
import { SGD } from "tatamijs/optim";
import { DataError } from "tatamijs/shape";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { layersModelOf, loadLayersModel } from "./layers-model.ts";

const folder = fileURLToPath(new URL("../../fixtures/tfjs", import.meta.url));
const fixture = (name: string): string => join(folder, name, "model.json");

interface Values {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}
const expected = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8")) as Readonly<
  Record<string, { readonly input: Values; readonly output: Values }>
>;

/** [N, H, W, C] as [N, C, H, W]; other ranks as they are. */
function channelsFirst({ shape, values }: Values): { shape: number[]; values: Float32Array } {
  if (shape.length !== 4) return { shape: [...shape], values: Float32Array.from(values) };
  const [count, height, width, channels] = shape as [number, number, number, number];
  const turned = new Float32Array(values.length);
  let at = 0;
  for (let image = 0; image < count; image++) {
    for (let channel = 0; channel < channels; channel++) {
      for (let pixel = 0; pixel < height * width; pixel++) {
        turned[at++] = values[(image * height * width + pixel) * channels + channel]!;
      }
    }
  }
  return { shape: [count, channels, height, width], values: turned };
}

const inputOf = (name: string) => {
  const { shape, values } = channelsFirst(expected[name]!.input);
  return tensor(values, shape);
};

describe("loadLayersModel(path)", () => {
  it.each(Object.keys(expected))("gives what TensorFlow.js gives: %s", async (name) => {
    const { model, inputShape, outputShape } = await loadLayersModel(fixture(name));
    const wanted = channelsFirst(expected[name]!.output);
    expect([...inputShape]).toEqual(channelsFirst(expected[name]!.input).shape.slice(1));
    expect([...outputShape]).toEqual(wanted.shape.slice(1));
    const output = model.call(inputOf(name));
    expect(output.shape).toEqual(wanted.shape);
    const values = await output.data();
    const difference = [...values].reduce((most, value, at) => Math.max(most, Math.abs(value - wanted.values[at]!)), 0);
    expect(difference).toBeLessThanOrEqual(1e-5);
    // something comes out of it
    expect(new Set(wanted.values).size).toBeGreaterThan(3);
  });

  it("makes a Sequential of nn's layers, which a model file holds", async () => {
    for (const name of ["convolutions", "keras-2", "nested"]) {
      const { model, inputShape } = await loadLayersModel(fixture(name));
      expect(model).toBeInstanceOf(Sequential);
      expect(describeLayers(model).type).toBe("Sequential");
      const again = await load(await writeModel(model, { inputShape: [...inputShape] }));
      const values = await again.model.eval().call(inputOf(name)).data();
      expect(values).toEqual(await model.call(inputOf(name)).data());
    }
  });

  it("gives a model that can be trained further", async () => {
    for (const name of ["convolutions", "residual"]) {
      const { model } = await loadLayersModel(fixture(name));
      model.train();
      for (const [path, module] of model.namedModules()) if (path !== "" && "key" in module) module.initialize(1);
      const { input, output } = expected[name]!;
      const loss = async (): Promise<number> => {
        const difference = model
          .call(inputOf(name))
          .sub(tensor(new Float32Array(output.values.length).fill(0.5), output.shape));
        const mean = difference.mul(difference).mean();
        const optimizer = new SGD(model.parameters(), { lr: 0.05 });
        optimizer.step(gradients(mean, model.parameters()));
        return (await mean.data())[0]!;
      };
      const first = await loss();
      for (let step = 0; step < 5; step++) await loss();
      expect(await loss()).toBeLessThan(first);
      expect(input.shape[0]).toBe(2);
    }
  });

  it("gives scores with logits: true, whose softmax is what the file gives", async () => {
    for (const name of ["convolutions", "nested"]) {
      const { model } = await loadLayersModel(fixture(name), { logits: true });
      const values = await model.call(inputOf(name)).softmax(1).data();
      const wanted = expected[name]!.output.values;
      expect(Math.max(...wanted.map((value, at) => Math.abs(value - values[at]!)))).toBeLessThanOrEqual(1e-5);
    }
    const json = JSON.parse(readFileSync(fixture("nested"), "utf8"));
    const dense = json.modelTopology.config.layers.at(-1).config;
    Object.assign(dense, { units: 1, activation: "sigmoid" });
    for (const weight of json.weightsManifest[0].weights.slice(-2)) weight.shape.splice(-1, 1, 1);
    const bytes = readFileSync(join(folder, "nested", "weights.bin"));
    const read = async (): Promise<Uint8Array> => bytes.subarray(0, -4 * 2 * 33);
    const whole = await layersModelOf(JSON.stringify(json), read);
    const scores = await layersModelOf(JSON.stringify(json), read, { logits: true });
    expect([...scores.outputShape]).toEqual([2]);
    const second = (await scores.model.call(inputOf("nested")).softmax(1).data()).filter((_, at) => at % 2 === 1);
    const given = await whole.model.call(inputOf("nested")).data();
    expect(Math.max(...second.map((value, at) => Math.abs(value - given[at]!)))).toBeLessThanOrEqual(1e-6);
  });

  it("names all layers at once that cannot be read, and why", async () => {
    const json = JSON.parse(readFileSync(fixture("convolutions"), "utf8"));
    const { layers } = json.modelTopology.config;
    layers[1].class_name = "LayerNormalization";
    layers[2].config.data_format = "channels_first";
    layers[9].config.activation = "selu";
    layers.splice(6, 0, { class_name: "GaussianNoise", config: { name: "noise", stddev: 1 } });
    const bytes = readFileSync(join(folder, "convolutions", "weights.bin"));
    const read = async (): Promise<Uint8Array> => bytes;
    const names = [1, 2, 10].map((at) => layers[at].config.name);
    await expect(layersModelOf(JSON.stringify(json), read)).rejects.toThrow(
      `tfjs: the model has layers that cannot be read, got LayerNormalization ${names[0]}; Conv2D ${names[1]}: data_format "channels_first"; GaussianNoise noise; Dense ${names[2]}: activation "selu", expected Activation, Add, `,
    );
  });

  it("asks for what the file leaves open", async () => {
    const json = JSON.parse(readFileSync(fixture("depthwise"), "utf8"));
    json.modelTopology.config.layers[0].config.batch_input_shape = [null, null, null, 3];
    const weights = readFileSync(join(folder, "depthwise", "weights.bin"));
    const read = async (): Promise<Uint8Array> => weights;
    await expect(layersModelOf(JSON.stringify(json), read)).rejects.toThrow(
      "leaves its input's size open, got [any, any, 3], expected inputShape [C, H, W]",
    );
    const { model } = await layersModelOf(JSON.stringify(json), read, { inputShape: [3, 9, 7] });
    expect(model.call(inputOf("depthwise")).shape).toEqual([2, 2]);
  });
});

describe("loadLayersModel(of files that are not its own)", () => {
  let root = "";
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "tatami-tfjs-"));
    await writeFile(join(root, "weights.bin"), "secret");
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  const secret = "names weights that are not its own";
  it.each([
    ["../weights.bin", secret],
    ["a/../../weights.bin", secret],
    ["a\\..\\..\\weights.bin", secret],
    ["/etc/passwd", secret],
    ["C:\\weights.bin", secret],
    ["https://example.org/weights.bin", secret],
    ["file:///etc/passwd", secret],
    ["", secret],
    [".", secret],
    ["./../weights.bin", secret],
    [7, secret],
    ["none.bin", "lacks weights"],
  ])("refuses weights in %s", async (path, message) => {
    const json = JSON.parse(readFileSync(fixture("nested"), "utf8"));
    json.weightsManifest[0].paths = [path];
    const directory = await mkdtemp(join(root, "model-"));
    await writeFile(join(directory, "model.json"), JSON.stringify(json));
    await expect(loadLayersModel(join(directory, "model.json"))).rejects.toThrow(DataError);
    await expect(loadLayersModel(join(directory, "model.json"))).rejects.toThrow(message);
  });

  it("reads what browsers download, whose manifest begins paths with ./", async () => {
    const json = JSON.parse(readFileSync(fixture("nested"), "utf8"));
    json.weightsManifest[0].paths = ["./weights.bin"];
    const asked: string[] = [];
    await layersModelOf(JSON.stringify(json), async (name) => {
      asked.push(name);
      return readFileSync(join(folder, "nested", name));
    });
    expect(asked).toEqual(["weights.bin"]);
  });

  it("refuses links that lead out, and weights that are cut or too many", async () => {
    const directory = join(root, "linked");
    await cp(join(folder, "nested"), directory, { recursive: true });
    const weights = readFileSync(join(directory, "weights.bin"));
    await writeFile(join(directory, "weights.bin"), weights.subarray(4));
    await expect(loadLayersModel(join(directory, "model.json"))).rejects.toThrow(
      `has weights of another length, got ${weights.length - 4} bytes`,
    );
    await rm(join(directory, "weights.bin"));
    await symlink(join(root, "weights.bin"), join(directory, "weights.bin"));
    await expect(loadLayersModel(join(directory, "model.json"))).rejects.toThrow("has a link that leads out");
    const json = JSON.parse(readFileSync(fixture("nested"), "utf8"));
    json.weightsManifest[0].weights.push({ name: "stray/kernel", shape: [1], dtype: "float32" });
    const read = async (): Promise<Uint8Array> => new Uint8Array([...weights, 0, 0, 0, 0]);
    await expect(layersModelOf(JSON.stringify(json), read)).rejects.toThrow(
      "has weights that no layer takes, got stray/kernel",
    );
  });
});
