// Optimisers against PyTorch's: 50 steps of one small problem, at whose end every difference has added up.
import "../devices.ts";
import { describe, expect, it } from "vitest";
import { gradients } from "../autodiff/index.ts";
import { deviation, entryOf, type FixtureArray, readFixture, tensorOf } from "../nn/fixture.ts";
import { Linear, MSELoss, Sequential, Tanh } from "../nn/index.ts";
import { tensor } from "../ops/index.ts";
import { compile, type Variable } from "../tensor/index.ts";
import * as optim from "./index.ts";

interface Fixture {
  readonly x: FixtureArray;
  readonly target: FixtureArray;
  readonly weight: FixtureArray;
  readonly bias: FixtureArray;
  readonly cases: readonly {
    readonly name: string;
    readonly optimizer: string;
    readonly options: object;
    readonly losses: FixtureArray;
    readonly reached: readonly { readonly step: number; readonly weight: FixtureArray; readonly bias: FixtureArray }[];
  }[];
}

/** relative to the largest expected value */
const tolerance = 1e-4;

type Maker = new (params: readonly Variable[], options: object) => optim.Optimizer<optim.OptimizerOptions>;
const optimizers = optim as unknown as Readonly<Record<string, Maker>>;

const { x, target, weight, bias, cases } = readFixture<Fixture>("optimizers");

describe.each(["reference", "wasm"])("on %s", (backend) => {
  it.each(cases.map((fixture) => [fixture.optimizer, fixture.name, fixture] as const))(
    "%s follows PyTorch for 50 steps: %s",
    async (_optimizer, _name, fixture) => {
      const model = new Sequential(new Linear(5, 3), new Tanh());
      model.loadStateDict({ "0.weight": entryOf(weight), "0.bias": entryOf(bias) });
      const [w, b] = model.parameters();
      const optimizer = new optimizers[fixture.optimizer](model.parameters(), fixture.options);
      const criterion = new MSELoss();
      const step = compile(
        (input, expected) => {
          const loss = criterion.call(model.call(input), expected);
          optimizer.step(gradients(loss, optimizer.parameters));
          return [loss];
        },
        { backend },
      );

      const losses: number[] = [];
      const deviations: Record<string, number> = {};
      for (let count = 1; count <= 50; count++) {
        const [loss] = await step.call(tensorOf(x), tensorOf(target));
        losses.push(await loss.item());
        const reached = fixture.reached.find((point) => point.step === count);
        if (reached === undefined) continue;
        deviations[`weight at step ${count}`] = await deviation(w, reached.weight);
        deviations[`bias at step ${count}`] = await deviation(b, reached.bias);
      }
      deviations.losses = await deviation(tensor(losses), fixture.losses);
      expect(Object.entries(deviations).filter(([, value]) => value > tolerance)).toEqual([]);
    },
  );
});
