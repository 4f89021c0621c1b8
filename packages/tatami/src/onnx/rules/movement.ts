// Operators that move elements without changing them, and those that speak of shapes. Constants stay constants.

import { broadcastTo, concat, flip, gather, pad, reshape, slice, tensor, toInt, transpose } from "../../ops/index.ts";
import { ShapeError } from "../../shape/errors.ts";
import { broadcastShapes, formatShape, normalizeAxis, type Shape, sizeOf } from "../../shape/shape.ts";
import { Tensor } from "../../tensor/index.ts";
import { HostArray } from "../host-array.ts";
import { asFloat, asTensor, expanded, filled, type NodeCall, type Value } from "../node-call.ts";
import type { Rules } from "./rule.ts";

/** Lists of positions that are longer than this come from a damaged file. */
const mostPositions = 2 ** 16;

const reshaped = (x: Value, shape: Shape): Value => (x instanceof HostArray ? x.reshape(shape) : reshape(x, shape));

function reshapeNode(call: NodeCall): Value {
  const x = call.value(0);
  const wanted = call.integers(1, "shape") ?? [];
  const keepsZeros = call.attributes.int("allowzero", 0) === 1;
  const shape = wanted.map((size, axis) => (size === 0 && !keepsZeros ? (x.shape[axis] ?? 0) : size));
  const { batch } = call.around;
  // an exporter that was given one batch takes its size for a constant
  const isFixed = batch !== null && batch.declared !== batch.actual && shape[0] === batch.declared;
  return reshaped(x, isFixed && x.shape[0] === batch.actual ? shape.with(0, batch.actual) : shape);
}

function squeezed(call: NodeCall): Value {
  const x = call.value(0);
  const listed = call.integers(1, "axes");
  const axes =
    listed === null ? x.shape.flatMap((size, axis) => (size === 1 ? [axis] : [])) : call.axes(listed, x.rank);
  const wrong = axes.find((axis) => x.shape[axis] !== 1);
  if (wrong !== undefined) {
    throw new ShapeError(
      `Squeeze: axis ${wrong} is not of size 1, got ${formatShape(x.shape)}, expected 1 there`,
      x.shape,
    );
  }
  return reshaped(
    x,
    x.shape.filter((_, axis) => !axes.includes(axis)),
  );
}

function unsqueezed(call: NodeCall): Value {
  const x = call.value(0);
  const listed = call.integers(1, "axes") ?? [];
  const shape = [...x.shape];
  for (const axis of call.axes(listed, x.rank + listed.length)) shape.splice(axis, 0, 1);
  return reshaped(x, shape);
}

function flattened(call: NodeCall): Value {
  const x = call.value(0);
  const axis = call.attributes.int("axis", 1);
  // it may stand behind the last axis
  const at = axis === x.rank ? axis : normalizeAxis("Flatten", axis, x.rank);
  return reshaped(x, [sizeOf(x.shape.slice(0, at)), sizeOf(x.shape.slice(at))]);
}

function transposed(call: NodeCall): Value {
  const x = call.value(0);
  const permutation = call.attributes.ints("perm") ?? x.shape.map((_, axis) => x.rank - 1 - axis);
  if (x instanceof Tensor) return transpose(x, permutation);
  if (call.axes(permutation, x.rank).length !== x.rank) {
    throw new ShapeError(
      `Transpose: perm does not fit, got ${formatShape(permutation)}, expected ${x.rank} axes`,
      x.shape,
    );
  }
  return x.transpose(permutation);
}

function joined(call: NodeCall): Value {
  const values = call.all();
  const [first] = [call.value(0)];
  const axis = call.axis(first.rank, 0);
  if (values.every((value) => value instanceof HostArray)) return HostArray.concat(values, axis);
  const all = values.map(asTensor);
  return concat(all.every(({ dtype }) => dtype === "int32") ? all : values.map(asFloat), axis);
}

function split(call: NodeCall): Value[] {
  const x = call.value(0);
  const axis = call.axis(x.rank, 0);
  const count = call.node.outputs.length;
  const part = Math.ceil(x.shape[axis]! / count);
  const sizes =
    call.integers(1, "split") ??
    Array.from({ length: count }, (_, index) => Math.max(Math.min(part, x.shape[axis]! - index * part), 0));
  if (
    sizes.length !== count ||
    sizes.reduce((sum, size) => sum + size, 0) !== x.shape[axis] ||
    Math.min(...sizes) < 0
  ) {
    throw new ShapeError(
      `Split: parts do not fit, got ${formatShape(sizes)} of ${formatShape(x.shape)}, expected ${count} that add up to axis ${axis}`,
      x.shape,
    );
  }
  let begin = 0;
  return sizes.map((size) => {
    const found = cut(
      x,
      x.shape.map((_, at) => (at === axis ? begin : 0)),
      x.shape.with(axis, size),
    );
    begin += size;
    return found;
  });
}

function cut(x: Value, begin: readonly number[], size: Shape): Value {
  return x instanceof HostArray
    ? x.view(
        begin,
        begin.map(() => 1),
        size,
      )
    : slice(x, begin, size);
}

/** Which positions along an axis a slice takes: the first, the step and how many. */
function rangeOf(length: number, start: number, end: number, step: number): { first: number; count: number } {
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1];
  const place = (at: number): number => Math.min(Math.max(at < 0 ? at + length : at, low), high);
  const first = step > 0 ? place(start) : Math.max(place(start), length === 0 ? -1 : 0);
  return { first: Math.max(first, 0), count: Math.max(Math.ceil((place(end) - first) / step), 0) };
}

function sliced(call: NodeCall): Value {
  const x = call.value(0);
  const [starts, ends] = [call.integers(1, "starts") ?? [], call.integers(2, "ends") ?? []];
  const axes = (call.integers(3, "axes") ?? starts.map((_, axis) => axis)).map((axis) =>
    normalizeAxis("Slice", axis, x.rank),
  );
  const steps = call.integers(4, "steps") ?? starts.map(() => 1);
  const lengths = [starts, ends, axes, steps].map(({ length }) => length);
  if (new Set(lengths).size !== 1 || steps.includes(0)) {
    throw call.node.fault(
      "has a slice that does not fit",
      `${JSON.stringify(lengths)} numbers, steps ${formatShape(steps)}`,
      "as many of each",
    );
  }
  const begin = x.shape.map(() => 0);
  const shape = [...x.shape];
  const by = x.shape.map(() => 1);
  axes.forEach((axis, index) => {
    const { first, count } = rangeOf(x.shape[axis]!, starts[index]!, ends[index]!, steps[index]!);
    [begin[axis], shape[axis], by[axis]] = [first, count, steps[index]!];
  });
  if (x instanceof HostArray) return x.view(begin, by, shape);
  // a step of −1 turns a range around, larger ones pick; the others are one slice
  const plain = by.map((step, axis) => (step === 1 ? [begin[axis]!, shape[axis]!] : [0, x.shape[axis]!]));
  let y = slice(
    x,
    plain.map(([at]) => at!),
    plain.map(([, count]) => count!),
  );
  by.forEach((step, axis) => {
    if (step === 1) return;
    if (step === -1) {
      const from = y.shape.map((_, at) => (at === axis ? Math.max(begin[axis]! - shape[axis]! + 1, 0) : 0));
      y = flip(slice(y, from, y.shape.with(axis, shape[axis]!)), axis);
    } else
      y = pick(
        y,
        positions(shape[axis]!, (index) => begin[axis]! + index * step),
        axis,
      );
  });
  return y;
}

function positions(count: number, at: (index: number) => number): Int32Array {
  if (count > mostPositions) {
    throw new ShapeError(`positions: too many are picked one by one, got ${count}, expected at most ${mostPositions}`, [
      count,
    ]);
  }
  return Int32Array.from({ length: count }, (_, index) => at(index));
}

const pick = (x: Tensor, indices: Int32Array, axis: number): Tensor => gather(x, tensor(indices), axis);

function padded(call: NodeCall): Value {
  const x = asTensor(call.value(0));
  const mode = call.attributes.text("mode", "constant");
  const amounts = call.integers(1, "pads") ?? [];
  const axes = (call.integers(3, "axes") ?? x.shape.map((_, axis) => axis)).map((axis) =>
    normalizeAxis("Pad", axis, x.rank),
  );
  if (amounts.length !== 2 * axes.length) {
    throw call.node.fault("has pads that do not fit", formatShape(amounts), `two for each of ${axes.length} axes`);
  }
  const sides = x.shape.map((): [number, number] => [0, 0]);
  axes.forEach((axis, index) => {
    sides[axis] = [amounts[index]!, amounts[index + axes.length]!];
  });
  // what is negative is cut off
  const begin = sides.map(([before]) => Math.max(-before, 0));
  const size = x.shape.map((length, axis) => length - begin[axis]! - Math.max(-sides[axis]![1], 0));
  let y = slice(x, begin, size);
  const added = sides.map(([before, after]) => [Math.max(before, 0), Math.max(after, 0)] as const);
  if (mode === "constant") return pad(y, added, call.number(2, call.attributes.float("value", 0)));
  added.forEach(([before, after], axis) => {
    const length = y.shape[axis]!;
    if (before + after === 0) return;
    if (length === 0 || (mode === "reflect" && Math.max(before, after) >= length)) {
      throw new ShapeError(
        `Pad: there is too little to repeat, got ${formatShape(y.shape)}, expected more than ${Math.max(before, after)} along axis ${axis}`,
        y.shape,
      );
    }
    const inside = (at: number): number => {
      if (mode === "edge") return Math.min(Math.max(at, 0), length - 1);
      if (mode === "wrap") return ((at % length) + length) % length;
      return at < 0 ? -at : at < length ? at : 2 * (length - 1) - at;
    };
    y = pick(
      y,
      positions(length + before + after, (index) => inside(index - before)),
      axis,
    );
  });
  return y;
}

function gathered(call: NodeCall): Value {
  const [x, indices] = [call.value(0), call.value(1)];
  const axis = call.axis(x.rank, 0);
  if (indices instanceof Tensor) return gather(asTensor(x), toInt(indices), axis);
  const length = x.shape[axis]!;
  const found = indices.map("int", (index) => (index < 0 ? index + length : index));
  const wrong = found.list().find((index) => !(Number.isInteger(index) && index >= 0 && index < length));
  if (wrong !== undefined) {
    throw new ShapeError(
      `Gather: an index is out of range, got ${wrong}, expected less than ${length} of ${formatShape(x.shape)}`,
      x.shape,
    );
  }
  if (x instanceof HostArray) return x.gather(found, axis);
  if (found.values.length !== 1) return gather(x, asTensor(found), axis);
  const one = slice(
    x,
    x.shape.map((_, at) => (at === axis ? found.values[0]! : 0)),
    x.shape.with(axis, 1),
  );
  return reshape(one, x.shape.toSpliced(axis, 1, ...found.shape));
}

function tiled(call: NodeCall): Value {
  const x = call.value(0);
  const repeats = call.integers(1, "repeats") ?? [];
  if (repeats.length !== x.rank || repeats.some((times) => times < 0)) {
    throw call.node.fault(
      "has repeats that do not fit",
      formatShape(repeats),
      `one for each axis of ${formatShape(x.shape)}`,
    );
  }
  const result = x.shape.map((length, axis) => length * repeats[axis]!);
  const apart = reshaped(
    x,
    x.shape.flatMap((length) => [1, length]),
  );
  const shape = x.shape.flatMap((length, axis) => [repeats[axis]!, length]);
  return reshaped(apart instanceof HostArray ? apart.expand(shape) : broadcastTo(apart, shape), result);
}

function shapeOf(call: NodeCall): Value {
  const { shape } = call.value(0);
  return HostArray.integers(shape.slice(call.attributes.int("start", 0), call.attributes.int("end", shape.length)));
}

function constantOfShape(call: NodeCall): Value {
  const value = call.attributes.tensor("value", call.node.label);
  const shape = call.integers(0, "shape") ?? [];
  if (shape.some((size) => size < 0))
    throw call.node.fault("has no such shape", formatShape(shape), "sizes of at least 0");
  return value === null
    ? filled(shape, "float", 0)
    : filled(shape, value.numbers ?? "float", value.readNumbers()[0] ?? 0);
}

function range(call: NodeCall): Value {
  const [start, limit, delta] = [call.number(0, 0), call.number(1, 0), call.number(2, 1)];
  const count = Math.max(Math.ceil((limit - start) / delta), 0);
  if (!Number.isFinite(count))
    throw call.node.fault("has a range without an end", `${start}, ${limit} by ${delta}`, "one");
  return HostArray.from([count], call.host(0)?.kind ?? "int", (index) => start + index * delta);
}

export const movementRules: Rules = {
  Identity: { run: (call) => call.value(0) },
  Reshape: { run: reshapeNode },
  Flatten: { run: flattened },
  Squeeze: { run: squeezed },
  Unsqueeze: { run: unsqueezed },
  Transpose: { run: transposed },
  Concat: { run: joined },
  Split: { run: split, outputs: Number.POSITIVE_INFINITY },
  Slice: { run: sliced },
  Pad: {
    run: padded,
    refuses: ({ attributes }) => {
      const mode = attributes.text("mode", "constant");
      return ["constant", "reflect", "edge", "wrap"].includes(mode) ? null : `mode ${JSON.stringify(mode)}`;
    },
  },
  Gather: { run: gathered },
  Expand: {
    run: (call) => {
      const x = call.value(0);
      return expanded(x, broadcastShapes("Expand", x.shape, call.integers(1, "shape") ?? []));
    },
  },
  Tile: { run: tiled },
  Shape: { run: shapeOf },
  Size: { run: (call) => new HostArray([], "int", [sizeOf(call.value(0).shape)]) },
  ConstantOfShape: { run: constantOfShape },
  Range: { run: range },
};
