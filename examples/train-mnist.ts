// Handwritten digits in a convolutional network: fit with callbacks, then evaluate and predict.
// Run: npx tsx examples/train-mnist.ts [iterations] [training images]
import { evaluate, fit, mnist, nn, optim, predict, take } from "tatamijs";

const [iterations = 300, trainingImages = 10_000] = process.argv.slice(2).map(Number);

const training = await mnist({ split: "train", limit: trainingImages });
const test = await mnist({ split: "test", limit: 1000 });

const model = new nn.Sequential(
  new nn.Conv2d(1, 16, 5), // [N, 1, 28, 28] to [N, 16, 24, 24]
  new nn.ReLU(),
  new nn.MaxPool2d(2), // to [N, 16, 12, 12]
  new nn.Flatten(),
  new nn.Linear(16 * 12 * 12, 64),
  new nn.ReLU(),
  new nn.Dropout(0.25),
  new nn.Linear(64, 10),
).initialize(1);

const result = await fit({
  model,
  optimizer: new optim.AdamW(model.parameters()),
  data: training,
  validation: take(test, 500),
  batchSize: 100,
  iterations,
  evaluateEvery: Math.ceil(iterations / 6),
  seed: 1,
  callbacks: {
    onEvaluate: ({ iteration, loss, validation }) => {
      console.log(`iteration ${iteration}  loss ${loss.toFixed(3)}  validation accuracy ${validation?.accuracy}`);
    },
  },
});
console.log(`${result.stepMilliseconds.median.toFixed(1)} ms a step on the ${result.backend} backend`);

const { accuracy, loss } = await evaluate(model, test);
console.log(`test accuracy ${accuracy.toFixed(3)}, loss ${loss.toFixed(3)}`);

const first = take(test, 10);
const { labels } = await predict(model, first);
console.log(`predicted ${labels.join(" ")}`);
console.log(`true      ${first.labels.join(" ")}`);
