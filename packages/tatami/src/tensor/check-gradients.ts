// The numerical gradient check: gradients() against central differences. For tests of ops and layers, and for learners
// who want to see that back-propagation computes what the definition of the derivative says.
import { gradients } from "../autodiff/gradients.ts";
import { Storage } from "../graph/storage.ts";
import type { Tensor } from "../graph/tensor.ts";
import { stored } from "../ops/leaf.ts";
import { Random } from "../random/index.ts";
import { OptionError } from "../shape/errors.ts";
import { sizeOf } from "../shape/shape.ts";
import { compile } from "./compiled.ts";
import { dataOf } from "./compute.ts";

export interface CheckGradientsOptions {
  /** distance between the points of a difference, > 0; default 0.01 */
  step?: number | undefined;
  /** largest difference allowed, relative to the largest numerical derivative (at least 1); default 0.001 */
  tolerance?: number | undefined;
  /** positions of the inputs to check; default: all float32 ones */
  inputs?: readonly number[] | undefined;
  /** seed of the weights that make a scalar of the output; default 0 */
  seed?: number | undefined;
  /** where to compute; default: the current backend */
  backend?: string | undefined;
}

/** One derivative: of the weighted output for element `element` of input `input`. */
export interface Derivative {
  readonly input: number;
  readonly element: number;
  readonly analytic: number;
  readonly numeric: number;
}

export interface GradientReport {
  readonly passed: boolean;
  /** the largest |analytic − numeric|, relative as `tolerance` is */
  readonly error: number;
  /** where it is; null when there was nothing to compare */
  readonly worst: Derivative | null;
}

/**
 * Compares the gradients of Σ weights·f(inputs), with weights drawn in [0.5, 1.5), to fourth-order central differences
 * (8(f(x+h) − f(x−h)) − (f(x+2h) − f(x−2h))) / 12h. Inputs should keep clear of kinks by more than 2h.
 * @param f a function of tensors, built from this library's ops; float32 output of any shape
 * @throws OptionError for a step or tolerance that is not positive
 */
export async function checkGradients(
  f: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  options: CheckGradientsOptions = {},
): Promise<GradientReport> {
  const { step = 0.01, tolerance = 1e-3, seed = 0, backend } = options;
  for (const [option, value] of Object.entries({ step, tolerance })) {
    if (!(value > 0)) throw new OptionError(`checkGradients: ${option} must be positive, got ${value}`, option, value);
  }
  const checked = options.inputs ?? inputs.flatMap(({ dtype }, index) => (dtype === "float32" ? [index] : []));
  const values = await Promise.all(inputs.map((input) => dataOf(input, { backend })));
  const output = await compile((...tensors) => [f(...tensors)], { backend }).prepare(inputs);
  const weights = weightsFor(sizeOf(output.outputTypes[0]!.shape), seed);
  values.forEach((array, index) => {
    output.setInput(index, array);
  });
  const weighted = async (): Promise<number> => {
    await output.run();
    const words = output.output(0);
    return weights.reduce((total, weight, index) => total + weight * words[index]!, 0);
  };

  const cotangent = stored(new Storage(output.outputTypes[0]!.shape, "float32", weights));
  const vjp = compile(
    (...tensors) =>
      gradients(
        f(...tensors),
        checked.map((index) => tensors[index]!),
        { cotangent },
      ),
    { backend },
  );
  const analytic = await vjp.call(...inputs);

  const derivatives: Derivative[] = [];
  for (const [position, input] of checked.entries()) {
    const array = values[input]!;
    const gradient = await dataOf(analytic[position]!, { backend });
    for (let element = 0; element < array.length; element++) {
      const x = array[element]!;
      // The points are rounded to float32, so each difference is divided by the distance there really is.
      const slope = async (h: number): Promise<number> => {
        const [high, low] = [Math.fround(x + h), Math.fround(x - h)];
        array[element] = high;
        output.setInput(input, array);
        const above = await weighted();
        array[element] = low;
        output.setInput(input, array);
        return (above - (await weighted())) / (high - low);
      };
      const numeric = (4 * (await slope(step)) - (await slope(2 * step))) / 3;
      array[element] = x;
      output.setInput(input, array);
      derivatives.push({ input, element, analytic: gradient[element]!, numeric });
    }
  }
  return report(derivatives, tolerance);
}

function weightsFor(count: number, seed: number): Float32Array {
  const weights = new Float32Array(count);
  new Random(seed).uniformInto(weights);
  return weights.map((weight) => 0.5 + weight);
}

function report(derivatives: readonly Derivative[], tolerance: number): GradientReport {
  const scale = derivatives.reduce((largest, { numeric }) => Math.max(largest, Math.abs(numeric)), 1);
  let worst: Derivative | null = null;
  let error = 0;
  for (const derivative of derivatives) {
    const difference = Math.abs(derivative.analytic - derivative.numeric) / scale;
    if (worst === null || !(difference <= error)) {
      worst = derivative;
      error = difference;
    }
  }
  return { passed: error <= tolerance, error, worst };
}
