// Counts the multiply-adds of a Program's matrix products and convolutions: what its speed is compared by.
import type { KernelCall, Program } from "../program/program.ts";

/** Additions of products, taps on padding and products with zeros that a kernel leaves out
 * included; all other kernels count nothing. */
export function multiplyAdds(program: Program): number {
  return program.segments.flatMap(({ calls }) => calls).reduce((total, call) => total + multiplyAddsOf(call), 0);
}

/** Of one call. */
export function multiplyAddsOf(call: KernelCall): number {
  switch (call.kernel) {
    case "matmul": {
      const { batch, m, n, k } = call.arguments;
      return batch * m * n * k;
    }
    case "conv2d":
    case "conv2dInputGradient":
    case "conv2dFilterGradient":
    case "conv2dFilterGradientAt": {
      const { batch, inChannels, outChannels, groups, kernelHeight, kernelWidth, outHeight, outWidth } = call.arguments;
      const tapsPerOutput = (inChannels / groups) * kernelHeight * kernelWidth;
      return batch * outChannels * outHeight * outWidth * tapsPerOutput;
    }
    default:
      return 0;
  }
}
