// Convolutions and pools. Rows of signals, [N, C, L], are taken as images of height 1.

import { avgPool2d, conv2d, convTranspose2d, max, maxPool2d, mean, mul, pad, reshape } from "../../ops/index.ts";
import { ShapeError } from "../../shape/errors.ts";
import { formatShape } from "../../shape/shape.ts";
import type { Tensor } from "../../tensor/index.ts";
import { HostArray } from "../host-array.ts";
import { asTensor, type GraphNode, type NodeCall } from "../node-call.ts";
import type { Rules } from "./rule.ts";

type Two = readonly [number, number];

/** [top, bottom, left, right] */
type Sides = readonly [number, number, number, number];

interface NodeWindow {
  readonly kernel: Two;
  readonly stride: Two;
  readonly dilation: Two;
  /** null where it follows from the image: `auto_pad` says how */
  readonly padding: Sides | null;
  readonly autoPad: string;
}

function twoOf(call: NodeCall, name: string, otherwise: Two, filler: number): Two {
  const found = call.attributes.ints(name) ?? otherwise;
  if (found.length === 1) return [filler, found[0]!];
  if (found.length === 2) return [found[0]!, found[1]!];
  throw call.node.fault(`has ${name} of another number of axes`, formatShape(found), "one or two");
}

function windowOf(call: NodeCall, kernel: Two): NodeWindow {
  const autoPad = call.attributes.text("auto_pad", "NOTSET");
  const pads = call.attributes.ints("pads");
  const padding = ((): Sides | null => {
    if (autoPad.startsWith("SAME")) return null;
    if (pads === null || autoPad === "VALID") return [0, 0, 0, 0];
    if (pads.length === 2) return [0, 0, pads[0]!, pads[1]!];
    if (pads.length === 4) return [pads[0]!, pads[2]!, pads[1]!, pads[3]!];
    throw call.node.fault("has pads of another number of axes", formatShape(pads), "two or four");
  })();
  return {
    kernel,
    stride: twoOf(call, "strides", [1, 1], 1),
    dilation: twoOf(call, "dilations", [1, 1], 1),
    padding,
    autoPad,
  };
}

/** Shares what is added over both sides; an odd one goes to the end for SAME_UPPER. */
function shared(total: Two, isUpper: boolean): Sides {
  const [above, left] = total.map((amount) => (isUpper ? Math.floor(amount / 2) : Math.ceil(amount / 2)));
  return [above!, total[0] - above!, left!, total[1] - left!];
}

/** The padding that gives as many windows as strides fit into the image. */
function paddingFor(x: Tensor, { kernel, stride, dilation, padding, autoPad }: NodeWindow): Sides {
  if (padding !== null) return padding;
  const total = [0, 1].map((axis) => {
    const length = x.shape[axis + 2]!;
    const extent = dilation[axis]! * (kernel[axis]! - 1) + 1;
    return Math.max((Math.ceil(length / stride[axis]!) - 1) * stride[axis]! + extent - length, 0);
  });
  return shared([total[0]!, total[1]!], autoPad === "SAME_UPPER");
}

/** Runs `body` on images; signals become images and their result signals again. */
function asImages(call: NodeCall, body: (x: Tensor, isSignal: boolean) => Tensor): Tensor {
  const x = call.tensor(0);
  if (x.rank !== 3) return body(call.images(0), false);
  const y = body(reshape(x, [x.shape[0]!, x.shape[1]!, 1, x.shape[2]!]), true);
  return reshape(y, [y.shape[0]!, y.shape[1]!, y.shape[3]!]);
}

/** [O, I, KH, KW], or [O, I, K] of signals. */
function filters(call: NodeCall, isSignal: boolean): Tensor {
  const w = call.tensor(1);
  if (w.rank !== (isSignal ? 3 : 4)) {
    throw new ShapeError(
      `${call.node.op}: filters have the wrong number of axes, got ${formatShape(w.shape)}, expected ${isSignal ? 3 : 4}`,
      w.shape,
    );
  }
  return isSignal ? reshape(w, [w.shape[0]!, w.shape[1]!, 1, w.shape[2]!]) : w;
}

const kernelOf = (w: Tensor): Two => [w.shape[2]!, w.shape[3]!];

function convolution(call: NodeCall): Tensor {
  return asImages(call, (x, isSignal) => {
    const w = filters(call, isSignal);
    const window = windowOf(call, kernelOf(w));
    return conv2d(x, w, {
      stride: window.stride,
      dilation: window.dilation,
      padding: paddingFor(x, window),
      groups: call.attributes.int("group", 1),
      bias: call.maybeTensor(2),
    });
  });
}

function transposedConvolution(call: NodeCall): Tensor {
  return asImages(call, (x, isSignal) => {
    const w = filters(call, isSignal);
    const { kernel, stride, dilation, padding, autoPad } = windowOf(call, kernelOf(w));
    const outputPadding = twoOf(call, "output_padding", [0, 0], 0);
    const wanted = call.attributes.ints("output_shape");
    const size = wanted === null ? null : wanted.length === 1 ? [1, wanted[0]!] : wanted;
    // what is wanted beyond the whole image is added at its end, what is less is cut off at both
    const rest = [0, 1].map((axis) => {
      const length = x.shape[axis + 2]!;
      const result = size?.at(axis - 2) ?? length * stride[axis]!;
      return stride[axis]! * (length - 1) + outputPadding[axis]! + dilation[axis]! * (kernel[axis]! - 1) + 1 - result;
    });
    const isSaid = size === null && padding !== null;
    const total: Two = [Math.max(rest[0]!, 0), Math.max(rest[1]!, 0)];
    const added: Two = isSaid ? [0, 0] : [Math.max(-rest[0]!, 0), Math.max(-rest[1]!, 0)];
    return convTranspose2d(x, w, {
      stride,
      dilation,
      outputPadding: [outputPadding[0] + added[0], outputPadding[1] + added[1]],
      padding: isSaid ? padding : shared(total, autoPad === "SAME_UPPER"),
      groups: call.attributes.int("group", 1),
      bias: call.maybeTensor(2),
    });
  });
}

interface PoolWindow {
  readonly kernel: Two;
  readonly stride: Two;
  /** as the file has it */
  readonly padding: Sides;
  /** rows and columns more at the end, so that the last windows, which begin inside, are whole */
  readonly extra: Two;
}

function poolWindow(call: NodeCall, x: Tensor): PoolWindow {
  if (call.attributes.ints("kernel_shape") === null)
    throw call.node.fault("lacks an attribute", "none", "kernel_shape");
  const window = windowOf(call, twoOf(call, "kernel_shape", [1, 1], 1));
  const { kernel, stride } = window;
  if ([...kernel, ...stride].some((value) => value < 1)) {
    throw call.node.fault(
      "has no such window",
      `${formatShape(kernel)} by ${formatShape(stride)}`,
      "sizes of at least 1",
    );
  }
  const padding = paddingFor(x, window);
  const isRoundedUp = call.attributes.int("ceil_mode", 0) === 1;
  const extra = [0, 1].map((axis) => {
    const before = padding[2 * axis]!;
    const length = x.shape[axis + 2]! + before + padding[2 * axis + 1]!;
    if (!isRoundedUp || length < kernel[axis]!) return 0;
    const steps = Math.ceil((length - kernel[axis]!) / stride[axis]!);
    // a window that begins behind the image is left out
    const count = steps * stride[axis]! >= x.shape[axis + 2]! + before ? steps : steps + 1;
    return Math.max((count - 1) * stride[axis]! + kernel[axis]! - length, 0);
  });
  return { kernel, stride, padding, extra: [extra[0]!, extra[1]!] };
}

const withExtra = ([top, bottom, left, right]: Sides, [down, aside]: Two): Sides => [
  top,
  bottom + down,
  left,
  right + aside,
];

/** Whether the pools of ops, which pad by half a kernel at most, can do it. */
const isModest = (padding: Sides, kernel: Two): boolean =>
  padding.every((side, index) => side >= 0 && side <= kernel[index >> 1]! / 2);

function surrounded(x: Tensor, [top, bottom, left, right]: Sides, value: number): Tensor {
  return pad(
    x,
    [
      [0, 0],
      [0, 0],
      [top, bottom],
      [left, right],
    ],
    value,
  );
}

function maxPool(call: NodeCall): Tensor {
  return asImages(call, (x) => {
    const { kernel, stride, padding, extra } = poolWindow(call, x);
    const sides = withExtra(padding, extra);
    if (isModest(sides, kernel)) return maxPool2d(x, kernel, { stride, padding: sides });
    return maxPool2d(surrounded(x, sides, Number.NEGATIVE_INFINITY), kernel, { stride });
  });
}

function averagePool(call: NodeCall): Tensor {
  return asImages(call, (x) => {
    const { kernel, stride, padding, extra } = poolWindow(call, x);
    const countIncludePad = call.attributes.int("count_include_pad", 0) === 1;
    const isWhole = extra[0] === 0 && extra[1] === 0;
    if (isModest(padding, kernel) && isWhole) return avgPool2d(x, kernel, { stride, padding, countIncludePad });
    // the sum over each window, by the number of elements that count: the extra ones never do
    const y = avgPool2d(surrounded(x, withExtra(padding, extra), 0), kernel, { stride });
    const counts = [0, 1].map((axis) => {
      const before = padding[2 * axis]!;
      const [from, to] = countIncludePad
        ? [0, before + x.shape[axis + 2]! + padding[2 * axis + 1]!]
        : [before, before + x.shape[axis + 2]!];
      return HostArray.from([y.shape[axis + 2]!], "float", (index) => {
        const begin = index * stride[axis]!;
        return Math.max(Math.min(begin + kernel[axis]!, to) - Math.max(begin, from), 0);
      });
    });
    const area = kernel[0] * kernel[1];
    const factor = HostArray.combine(
      "float",
      [counts[0]!.reshape([-1, 1]), counts[1]!],
      (rows, columns) => area / (rows * columns),
    );
    return mul(y, asTensor(factor));
  });
}

/** Over everything behind the channels. */
function pooled(call: NodeCall, reduce: typeof mean): Tensor {
  const x = call.tensor(0);
  if (x.rank < 3) {
    throw new ShapeError(
      `${call.node.op}: there are no pixels, got ${formatShape(x.shape)}, expected [N, C, ...]`,
      x.shape,
    );
  }
  return reduce(
    x,
    x.shape.flatMap((_, axis) => (axis < 2 ? [] : [axis])),
    { keepDims: true },
  );
}

function refusesWindow({ attributes }: GraphNode): string | null {
  const autoPad = attributes.text("auto_pad", "NOTSET");
  if (!["NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"].includes(autoPad)) return `auto_pad ${JSON.stringify(autoPad)}`;
  const axes = attributes.ints("kernel_shape")?.length ?? 2;
  return axes === 1 || axes === 2 ? null : `windows over ${axes} axes`;
}

function refusesPool(node: GraphNode): string | null {
  const dilations = node.attributes.ints("dilations") ?? [];
  return dilations.some((value) => value !== 1) ? `dilations ${formatShape(dilations)}` : refusesWindow(node);
}

export const windowRules: Rules = {
  Conv: { run: convolution, refuses: refusesWindow },
  ConvTranspose: { run: transposedConvolution, refuses: refusesWindow },
  MaxPool: { run: maxPool, refuses: refusesPool },
  AveragePool: { run: averagePool, refuses: refusesPool },
  GlobalAveragePool: { run: (call) => pooled(call, mean) },
  GlobalMaxPool: { run: (call) => pooled(call, max) },
};
