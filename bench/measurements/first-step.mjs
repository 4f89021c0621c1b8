// A process of one training step of an MLP, as short as a user's: what starting costs. Argument: backend.
const name = process.argv[2];
if (name === "native") await import("../../packages/native/dist/register.js");
const { backend, fit, arrayDataset, nn, optim, setBackend } = await import("../../packages/tatami/dist/index.js");

setBackend(name, { threads: 1 });
const images = new Float32Array(100 * 784).fill(0.5);
const labels = Int32Array.from({ length: 100 }, (_, index) => index % 10);
const model = new nn.Sequential(
  new nn.Flatten(),
  ...[new nn.Linear(784, 40), new nn.ReLU(), new nn.Linear(40, 20), new nn.ReLU(), new nn.Linear(20, 10)],
).initialize(1);
await fit({
  ...{ model, optimizer: new optim.Adam(model.parameters()), batchSize: 100, iterations: 1, replacement: true },
  data: arrayDataset({ images, labels, imageShape: [1, 28, 28], classes: 10 }),
});
process.stdout.write(`${(await backend()).name}\n`);
process.exit(0);
