// Layers and losses against what PyTorch computes: output, gradients and running statistics.
import "../devices.ts";
import { describe, expect, it } from "vitest";
import { gradients } from "../autodiff/index.ts";
import type { Tensor } from "../graph/tensor.ts";
import { compile } from "../tensor/index.ts";
import { deviation, entryOf, type FixtureArray, readFixture, tensorOf } from "./fixture.ts";
import * as nn from "./index.ts";

interface Case {
  readonly name: string;
  readonly module: string;
  readonly arguments: readonly unknown[];
  readonly training: boolean;
  readonly state: Readonly<Record<string, FixtureArray>>;
  readonly inputs: readonly FixtureArray[];
  readonly output: FixtureArray;
  readonly cotangent: FixtureArray;
  readonly gradients: Readonly<Record<string, FixtureArray>>;
  readonly stateAfter: Readonly<Record<string, FixtureArray>>;
}

/** relative to the largest expected value */
const tolerance = 1e-5;

const layers = nn as unknown as Readonly<Record<string, new (...values: readonly unknown[]) => nn.AnyModule>>;

describe.each(["reference", "wasm"])("on %s", (backend) => {
  describe.each(["convolution", "pooling", "normalization", "sample_normalization", "activation", "loss"])(
    "%s",
    (family) => {
      const cases = readFixture<readonly Case[]>(family);
      it.each(cases.map((fixture) => [fixture.module, fixture.name, fixture] as const))(
        "%s computes what PyTorch does: %s",
        async (_module, _name, fixture) => {
          const module = new layers[fixture.module](...fixture.arguments).train(fixture.training);
          module.loadStateDict(
            Object.fromEntries(Object.entries(fixture.state).map(([name, array]) => [name, entryOf(array)])),
          );
          const inputs = fixture.inputs.map(tensorOf);
          const floats = inputs.flatMap((input, index) => (input.dtype === "float32" ? [index] : []));
          const step = compile(
            (...values: Tensor[]) => {
              const output = module.call(...values);
              const wanted = [...floats.map((index) => values[index]), ...module.parameters()];
              return [output, ...gradients(output, wanted, { cotangent: tensorOf(fixture.cotangent) })];
            },
            { backend },
          );

          const [output, ...found] = await step.call(...inputs);
          const names = [...floats.map((index) => `input ${index}`), ...module.namedParameters().map(([name]) => name)];
          expect(names.toSorted()).toEqual(Object.keys(fixture.gradients).toSorted());
          const deviations: Record<string, number> = { output: await deviation(output, fixture.output) };
          for (const [index, name] of names.entries()) {
            deviations[`gradient of ${name}`] = await deviation(found[index], fixture.gradients[name]);
          }
          for (const [name, buffer] of module.namedBuffers()) {
            deviations[name] = await deviation(buffer, fixture.stateAfter[name]);
          }
          expect(Object.entries(deviations).filter(([, value]) => value > tolerance)).toEqual([]);
        },
      );
    },
  );
});
