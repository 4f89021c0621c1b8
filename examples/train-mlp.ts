// A training loop of one's own: a small network learns to tell the three arms of a spiral apart, and draws what it learnt.
// Run: npx tsx examples/train-mlp.ts [steps]
import { compile, crossEntropy, gradients, nn, optim, tensor } from "tatamijs";

const steps = Number(process.argv[2] ?? 1000);
const [arms, perArm] = [3, 100];

const points = Array.from({ length: arms * perArm }, (_, index) => {
  const radius = (index % perArm) / perArm;
  const angle = Math.floor(index / perArm) * ((2 * Math.PI) / arms) + 4 * radius;
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
});
const labels = Int32Array.from(points, (_, index) => Math.floor(index / perArm));

const model = new nn.Sequential(
  new nn.Linear(2, 32),
  new nn.ReLU(),
  new nn.Linear(32, 32),
  new nn.ReLU(),
  new nn.Linear(32, arms),
).initialize(1);
const optimizer = new optim.Adam(model.parameters(), { lr: 0.01 });

// Traced at the first call. From then on a step (forward, backward and update) is one call into the backend.
const step = compile((x, y) => {
  const loss = crossEntropy(model.call(x), y);
  optimizer.step(gradients(loss, optimizer.parameters));
  return [loss];
});

const [x, y] = [tensor(points), tensor(labels)];
for (let count = 1; count <= steps; count++) {
  const [loss] = await step.call(x, y);
  if (count === 1 || count % 100 === 0) console.log(`step ${count}  loss ${(await loss.item()).toFixed(4)}`);
}

// Outside compile() the same model simply computes: here the arm it sees at each place of a 48 × 24 map.
const [columns, rows] = [48, 24];
const places = Array.from({ length: rows * columns }, (_, index) => [
  ((index % columns) / (columns - 1)) * 2 - 1,
  1 - (Math.floor(index / columns) / (rows - 1)) * 2,
]);
const map = await model.call(tensor(places)).argMax(1).data();
const symbols = Array.from(map, (arm) => ".o#"[arm]).join("");
for (let row = 0; row < rows; row++) console.log(symbols.slice(row * columns, (row + 1) * columns));

const seen = await model.call(x).argMax(1).data();
const right = seen.filter((arm, index) => arm === labels[index]).length;
console.log(`right: ${right} of ${labels.length}`);
