// First contact: tensors, broadcasting, and gradients of anything you can write down.
import { gradients, sum, tensor } from "tatamijs";

// Nested arrays become tensors. Nothing is computed yet, but shapes are known, so a mistake fails at its own line.
const x = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);
console.log("shape", x.shape);

// Functions and methods are the same thing. A row [3] or a column [2, 1] is broadcast over the other axis.
const scaled = x.mul(tensor([1, 10, 100])).add(tensor([[0.5], [-0.5]]));

// data() is where the computing happens: the whole expression above, compiled, in one call.
console.log("scaled", await scaled.data());
console.log("mean of each row", await x.mean(1).data());

try {
  x.matmul(x);
} catch (error) {
  console.log("a mistake:", (error as Error).message);
}

// The derivative of x³ is 3x². A gradient is an ordinary tensor, so it has a gradient too: 6x.
const [first] = gradients(sum(x.pow(3)), [x]);
const [second] = gradients(sum(first), [x]);
console.log("first derivative", await first.data());
console.log("second derivative", await second.data());
