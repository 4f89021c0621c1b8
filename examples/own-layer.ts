// A layer of one's own is a class with a forward function. Here: the residual block (He et al. 2015), in a small network.
// Run: npx tsx examples/own-layer.ts [epochs]
import { relu, type Tensor } from "tatamijs";
import { mnist } from "tatamijs/data";
import { BatchNorm2d, Conv2d, Flatten, Linear, MaxPool2d, Module, ReLU, Sequential } from "tatamijs/nn";
import { Adam } from "tatamijs/optim";
import { fit } from "tatamijs/train";

/** relu(x + f(x)), with f two convolutions that keep the shape. Where f is 0 the block changes nothing. */
class ResidualBlock extends Module {
  // Layers in properties (or in arrays) are found: their parameters are trained, saved and listed under these names.
  readonly residual: Sequential;

  constructor(channels: number) {
    super();
    const convolution = () => new Conv2d(channels, channels, 3, { padding: 1, bias: false, weightInit: "heNormal" });
    this.residual = new Sequential(
      convolution(),
      new BatchNorm2d(channels),
      new ReLU(),
      convolution(),
      new BatchNorm2d(channels),
    );
  }

  /** @param x [N, channels, H, W] */
  override forward(x: Tensor): Tensor {
    return relu(x.add(this.residual.call(x)));
  }
}

const model = new Sequential(
  new Conv2d(1, 8, 3, { stride: 2, padding: 1 }), // [N, 1, 28, 28] to [N, 8, 14, 14]
  new ResidualBlock(8),
  new MaxPool2d(2), // to [N, 8, 7, 7]
  new ResidualBlock(8),
  new Flatten(),
  new Linear(8 * 7 * 7, 10),
).initialize(1);

for (const [name, { shape }] of model.namedParameters()) console.log(`${name}: [${shape.join(", ")}]`);

await fit({
  model,
  optimizer: new Adam(model.parameters(), { lr: 0.003 }),
  data: await mnist({ split: "train", limit: 2000 }),
  validation: await mnist({ split: "test", limit: 1000 }),
  batchSize: 100,
  epochs: Number(process.argv[2] ?? 5),
  callbacks: {
    onEvaluate: ({ iteration, validation }) => {
      console.log(`iteration ${iteration}  test accuracy ${validation?.accuracy}`);
    },
  },
});
