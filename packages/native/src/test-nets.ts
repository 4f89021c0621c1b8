// Small networks of every kind that is cut into lanes in its own way, and a few training steps of them.
import { compile, crossEntropy, gradients, guardFinite, nn, optim, type Tensor } from "tatamijs";
import { type Program, phasesOf } from "tatamijs/program";

const [batch, classes, size] = [32, 10, 16];

class Residual extends nn.Module {
  readonly body = new nn.Sequential(new nn.Conv2d(8, 8, 3, { padding: 1 }), new nn.BatchNorm2d(8), new nn.ReLU());

  override forward(x: Tensor): Tensor {
    return this.body.call(x).add(x);
  }
}

const conv = (inputs: number, outputs: number, groups = 1): nn.Module[] => [
  new nn.Conv2d(inputs, outputs, 3, { padding: 1, groups }),
  new nn.ReLU(),
];
const classifier = (features: number): nn.Module[] => [new nn.Flatten(), new nn.Linear(features, classes)];

export const nets: Readonly<Record<string, () => nn.Module[]>> = {
  dense: () => [
    new nn.Flatten(),
    new nn.Linear(size * size, 200),
    new nn.BatchNorm1d(200),
    new nn.Tanh(),
    new nn.Dropout(0.2),
    new nn.Linear(200, classes),
  ],
  perceptron: () => [
    new nn.Flatten(),
    ...[new nn.Linear(size * size, 100), new nn.ReLU(), new nn.Linear(100, 300), new nn.Tanh()],
    new nn.Linear(300, classes),
  ],
  pools: () => [
    ...conv(1, 8),
    new nn.MaxPool2d(2),
    new nn.Conv2d(8, 20, 5, { padding: 2 }),
    new nn.ReLU(),
    new nn.AvgPool2d(2),
    ...classifier(20 * 16),
  ],
  "batch norm": () => [
    new nn.Conv2d(1, 8, 3),
    new nn.BatchNorm2d(8),
    new nn.ReLU(),
    new nn.Conv2d(8, 8, 3),
    new nn.BatchNorm2d(8),
    ...classifier(8 * 144),
  ],
  depthwise: () => [
    ...conv(1, 16),
    ...conv(16, 16, 16),
    ...conv(16, 24, 4),
    new nn.MaxPool2d(4),
    ...classifier(24 * 16),
  ],
  residual: () => [...conv(1, 8), new Residual(), new Residual(), new nn.GlobalAvgPool2d(), ...classifier(8)],
};

function wave(count: number, frequency: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => Math.sin(index * frequency));
}

function bitsOf({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString("base64");
}

export interface Training {
  readonly program: Program;
  /** `count` steps on the same images: what guardFinite says of the last */
  run(count: number): Promise<number>;
  /** from now on the images hold a NaN */
  breakImages(): void;
  /** the bits of all parameters and running statistics */
  weights(): Promise<string>;
}

/** @param backend a registered name */
export async function training(net: string, backend: string): Promise<Training> {
  const model = new nn.Sequential(...nets[net]()).initialize(1);
  const optimizer = new optim.Adam(model.parameters(), { lr: 0.01 });
  const step = compile(
    (x, y) => {
      const loss = crossEntropy(model.call(x!), y!);
      guardFinite(loss);
      optimizer.step(gradients(loss, optimizer.parameters));
      return [loss];
    },
    { backend },
  );
  const images = { shape: [batch, 1, size, size], dtype: "float32" } as const;
  const prepared = await step.prepare([images, { shape: [batch], dtype: "int32" }]);
  prepared.setInput(0, wave(batch * size * size, 12.9898));
  prepared.setInput(
    1,
    Int32Array.from({ length: batch }, (_, index) => index % classes),
  );
  return {
    program: prepared.program,
    run: async (count) => {
      let stopped = -1;
      for (let done = 0; done < count; done++) stopped = await prepared.run();
      return stopped;
    },
    breakImages: () => prepared.setInput(0, wave(batch * size * size, Number.NaN)),
    weights: async () => {
      const state = Object.entries(await model.stateDict());
      return state.map(([name, { values }]) => `${name} ${bitsOf(values)}`).join("\n");
    },
  };
}

/** The most lanes of any phase: with fewer than two, threads change nothing anyway. */
export function mostLanes(program: Program): number {
  return Math.max(...phasesOf(program, 4).map(({ lanes }) => lanes.length));
}
