// What happens inside a network: every layer's activation and its gradient, and the program one training step becomes.
// The two networks differ in activation and initial values only: in the first, the gradient vanishes on its way back.
// Run: npx tsx examples/look-inside.ts
import {
  compile,
  crossEntropy,
  explain,
  gradients,
  nn,
  normal,
  optim,
  randomKey,
  type Tensor,
  tensor,
  variance,
} from "tatamijs";

function network(activation: () => nn.Module, weightInit: nn.Initializer): nn.Sequential {
  const layers = [100, 100, 100, 100].flatMap((size) => [new nn.Linear(size, size, { weightInit }), activation()]);
  return new nn.Sequential(...layers, new nn.Linear(100, 10, { weightInit })).initialize(1);
}

const networks = {
  "sigmoid, standard deviation .01": network(() => new nn.Sigmoid(), { normal: 0.01 }),
  "ReLU, He": network(() => new nn.ReLU(), "heNormal"),
};
const x = normal([200, 100], randomKey(1));
const labels = tensor(Int32Array.from({ length: 200 }, (_, index) => index % 10));
const spread = (values: Tensor): Promise<number> => variance(values).sqrt().item();

for (const [title, model] of Object.entries(networks)) {
  const activations: [string, Tensor][] = [];
  for (const [path, layer] of model.namedModules().slice(1)) {
    layer.onForward((module, _inputs, output) => {
      activations.push([`${path} ${module.constructor.name}`, output]);
    });
  }
  const loss = crossEntropy(model.call(x), labels);
  const slopes = gradients(
    loss,
    activations.map(([, output]) => output),
  );
  console.log(`\n${title}\nlayer      activation   gradient   (standard deviations)`);
  for (const [index, [name, output]] of activations.entries()) {
    const [activation, gradient] = [await spread(output), await spread(slopes[index])];
    console.log(
      `${name.padEnd(10)} ${activation.toExponential(1).padStart(10)} ${gradient.toExponential(1).padStart(10)}`,
    );
  }
}

// The same step, compiled: elementwise chains are fused, bias and activation are part of the product, and all
// temporaries share one arena. #3 is a buffer that stays (data, parameters), @0 an offset in the arena.
const model = new nn.Sequential(new nn.Linear(100, 50), new nn.ReLU(), new nn.Linear(50, 10)).initialize(1);
const optimizer = new optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
const step = compile((images, classes) => {
  const loss = crossEntropy(model.call(images), classes);
  optimizer.step(gradients(loss, optimizer.parameters));
  return [loss];
});
const { program } = await step.prepare([x, labels]);
console.log(`\none training step\n${explain(program)}`);
