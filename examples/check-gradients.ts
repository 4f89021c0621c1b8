// Is a gradient right? Compare it with what the definition of the derivative says: nudge each number and look.
// Run: npx tsx examples/check-gradients.ts
import { checkGradients, gradients, normal, randomKey, sub, sum, type Tensor, tensor } from "tatamijs";

/** Mish (Misra 2019): x · tanh(log(1 + eˣ)). Built from the library's functions, so its gradient comes with it. */
const mish = (x: Tensor): Tensor => x.mul(x.softplus().tanh());

/** Layer normalisation (Ba, Kiros and Hinton 2016) of the rows of x [N, C], with scale and shift [C]. */
const layerNorm = (x: Tensor, scale: Tensor, shift: Tensor): Tensor => {
  const centred = x.sub(x.mean(1, { keepDims: true }));
  const spread = x.variance(1, { keepDims: true, correction: 0 }).add(1e-5).sqrt();
  return centred.div(spread).mul(scale).add(shift);
};

const x = normal([4, 5], randomKey(1));
const [scale, shift] = [normal([5], randomKey(2)), normal([5], randomKey(3))];

for (const [name, report] of Object.entries({
  mish: await checkGradients(mish, [x]),
  layerNorm: await checkGradients(layerNorm, [x, scale, shift]),
})) {
  console.log(`${name}: ${report.passed ? "right" : "wrong"}, largest relative error ${report.error.toExponential(1)}`);
}

// A derivative worked out on paper is checked the same way. d tanh(softplus(x)) / dx = (1 − tanh²) · sigmoid(x), so:
const byHand = (at: Tensor): Tensor => {
  const t = at.softplus().tanh();
  return t.add(at.mul(sub(1, t.square())).mul(at.sigmoid()));
};
const at = tensor([-2, -1, 0, 1, 2]);
const [byMachine] = gradients(sum(mish(at)), [at]);
const show = async (values: Tensor): Promise<string> =>
  Array.from(await values.data(), (value) => value.toFixed(5).padStart(9)).join("");
console.log(`by hand    ${await show(byHand(at))}`);
console.log(`by machine ${await show(byMachine)}`);
