// Operators that work element by element: arithmetic, comparisons, activations, casts.

import {
  abs,
  add,
  clip,
  div,
  elu,
  equal,
  erf,
  exp,
  gelu,
  greater,
  greaterEqual,
  leakyRelu,
  less,
  lessEqual,
  log,
  maximum,
  minimum,
  mul,
  negate,
  notEqual,
  type Operand,
  pow,
  reciprocal,
  relu,
  reshape,
  rsqrt,
  sigmoid,
  sign,
  silu,
  softplus,
  sqrt,
  square,
  sub,
  tanh,
  toFloat,
  toInt,
  where,
} from "../../ops/index.ts";
import { Tensor } from "../../tensor/index.ts";
import { HostArray } from "../host-array.ts";
import { asFloat, type GraphNode, type NodeCall, operandsOf, type Value } from "../node-call.ts";
import { type NumberKind, numberKindOf } from "../stored-tensor.ts";
import type { Rule, Rules } from "./rule.ts";

/** Integers that the network computes go through floats, which hold them exactly up to 2²⁴. */
const ofKind = (y: Tensor, integers: boolean): Tensor => (integers ? toInt(y) : y);

const isInteger = (value: Value): boolean => (value instanceof Tensor ? value.dtype === "int32" : value.kind === "int");

const unary = (host: (x: number) => number, op: (x: Tensor) => Tensor): Rule => ({
  run: (call) => {
    const x = call.value(0);
    return x instanceof HostArray ? x.map(x.kind, host) : ofKind(op(toFloat(x)), x.dtype === "int32");
  },
});

/** Of constants alone: Tatami has no such op. */
const constant = (host: (x: number) => number): Rule => ({
  run: (call) => {
    const x = call.host(0);
    return x === null ? call.value(0) : x.map(x.kind, host);
  },
});

/** Activations: floats in, floats out. */
const curve = (op: (x: Tensor, call: NodeCall) => Tensor): Rule => ({ run: (call) => op(call.tensor(0), call) });

type Join = (a: Operand, b: Operand) => Tensor;

function joined(values: readonly Value[], host: (a: number, b: number) => number, op: Join): Value {
  const integers = values.every(isInteger);
  if (values.every((value) => value instanceof HostArray)) {
    return values.reduce((a, b) => HostArray.combine(integers ? "int" : "float", [a, b], host));
  }
  const [first, ...others] = operandsOf(values);
  return ofKind(
    others.reduce<Tensor>((a, b) => op(a, b), add(first!, 0)),
    integers,
  );
}

const binary = (host: (a: number, b: number) => number, op: Join): Rule => ({
  run: (call) => {
    const values = [call.value(0), call.value(1)];
    if (values.every((value) => value instanceof HostArray)) return joined(values, host, op);
    const [a, b] = operandsOf(values);
    return ofKind(op(a!, b!), values.every(isInteger));
  },
});

/** Any number of inputs. */
const variadic = (host: (a: number, b: number) => number, op: Join): Rule => ({
  run: (call) => {
    const values = [call.value(0), ...call.all().slice(1)];
    return values.length === 1 ? values[0]! : joined(values, host, op);
  },
});

const comparison = (host: (a: number, b: number) => boolean, op: Join): Rule => ({
  run: (call) => {
    const values = [call.value(0), call.value(1)];
    if (values.every((value) => value instanceof HostArray)) {
      return HostArray.combine("bool", values, (a, b) => (host(a, b) ? 1 : 0));
    }
    const [a, b] = operandsOf(values);
    return op(a!, b!);
  },
});

function divided(call: NodeCall): Value {
  const [a, b] = [call.value(0), call.value(1)];
  const integers = isInteger(a) && isInteger(b);
  if (integers && b instanceof HostArray && b.list().includes(0)) {
    throw call.node.fault("divides by zero", "0", "another integer");
  }
  return binary((x, y) => (integers ? Math.trunc(x / y) : x / y), div).run(call) as Value;
}

function power(call: NodeCall): Value {
  const exponent = call.value(1);
  const x = call.value(0);
  if (x instanceof Tensor && exponent instanceof HostArray && exponent.values.length === 1 && exponent.rank <= x.rank) {
    const float = toFloat(x);
    const known = new Map([
      [-1, reciprocal],
      [-0.5, rsqrt],
      [0.5, sqrt],
      [1, (y: Tensor) => y],
      [2, square],
      [3, (y: Tensor) => mul(square(y), y)],
    ]).get(exponent.values[0]!);
    if (known !== undefined) return ofKind(known(float), x.dtype === "int32");
  }
  return binary((a, b) => a ** b, pow).run(call) as Value;
}

/** Limits are attributes up to operator set 10, inputs from 11 on; one may be missing. */
function clipped(call: NodeCall): Value {
  const x = call.value(0);
  const limit = (index: number, name: string, otherwise: number): Value =>
    (call.version < 11 ? null : call.maybe(index)) ??
    new HostArray([], "float", [call.version < 11 ? call.attributes.float(name, otherwise) : otherwise]);
  const [low, high] = [limit(1, "min", Number.NEGATIVE_INFINITY), limit(2, "max", Number.POSITIVE_INFINITY)];
  if (x instanceof HostArray && low instanceof HostArray && high instanceof HostArray) {
    return HostArray.combine(x.kind, [x, low, high], (value, from, to) => Math.min(Math.max(value, from), to));
  }
  const [y, from, to] = operandsOf([x, low, high]);
  if (typeof y !== "number" && typeof from === "number" && typeof to === "number") {
    // crossed limits give the upper one
    return ofKind(clip(y!, Math.min(from, to), to), isInteger(x));
  }
  return ofKind(minimum(maximum(y!, from!), to!), isInteger(x));
}

function cast(value: Value, kind: NumberKind): Value {
  if (value instanceof HostArray) {
    if (kind === "bool") return value.map(kind, (x) => (x === 0 ? 0 : 1));
    // what is no number has no integer
    return value.map(kind, (x) => (kind === "int" ? Math.trunc(x) || 0 : Math.fround(x)));
  }
  if (kind === "int") return toInt(value);
  return kind === "float" ? toFloat(value) : notEqual(toFloat(value), 0);
}

function castNode(call: NodeCall): Value {
  const type = call.attributes.int("to", 0);
  const kind = numberKindOf(type);
  if (kind === null)
    throw call.node.fault("makes other than numbers of its input", `type ${type}`, "a type of numbers");
  return cast(call.value(0), kind);
}

function chosen(call: NodeCall): Value {
  const [mask, a, b] = [call.value(0), call.value(1), call.value(2)];
  if (mask instanceof HostArray && a instanceof HostArray && b instanceof HostArray) {
    return HostArray.combine(a.kind, [mask, a, b], (on, x, y) => (on === 0 ? y : x));
  }
  const [x, y] = operandsOf([a, b]);
  return ofKind(where(asFloat(mask), x!, y!), isInteger(a) && isInteger(b));
}

/** One slope a channel stands against axis 1 in files of every operator set: [C, 1, 1]. A vector is the last axis's. */
function preluOf(call: NodeCall): Tensor {
  const [x, slope] = [call.tensor(0), call.tensor(1)];
  const isPerChannel =
    slope.rank === 1 && x.rank > 2 && slope.shape[0] === x.shape[1] && slope.shape[0] !== x.shape.at(-1);
  const against = isPerChannel ? reshape(slope, [slope.shape[0]!, ...x.shape.slice(2).map(() => 1)]) : slope;
  return where(greater(x, 0), x, mul(x, against));
}

const tanhGelu = (x: Tensor): Tensor =>
  mul(mul(x, 0.5), add(tanh(mul(add(x, mul(mul(square(x), x), 0.044715)), Math.sqrt(2 / Math.PI))), 1));

const oneOf = (attribute: string, known: readonly string[], otherwise: string) => (node: GraphNode) => {
  const found = node.attributes.text(attribute, otherwise);
  return known.includes(found) ? null : `${attribute} ${JSON.stringify(found)}`;
};

const truth = (x: number): boolean => x !== 0;

export const elementwiseRules: Rules = {
  Add: binary((a, b) => a + b, add),
  Sub: binary((a, b) => a - b, sub),
  Mul: binary((a, b) => a * b, mul),
  Div: { run: divided },
  Pow: { run: power },
  Sum: variadic((a, b) => a + b, add),
  Min: variadic(Math.min, minimum),
  Max: variadic(Math.max, maximum),
  Mean: {
    run: (call) => {
      const values = [call.value(0), ...call.all().slice(1)].map(asFloat);
      return mul(
        values.reduce((a, b) => add(a, b)),
        1 / values.length,
      );
    },
  },
  Neg: unary((x) => -x, negate),
  Abs: unary(Math.abs, abs),
  Sign: unary(Math.sign, sign),
  Sqrt: unary(Math.sqrt, sqrt),
  Exp: unary(Math.exp, exp),
  Log: unary(Math.log, log),
  Reciprocal: unary((x) => 1 / x, reciprocal),
  Floor: constant(Math.floor),
  Ceil: constant(Math.ceil),
  Mod: {
    run: (call) => {
      const [a, b] = [call.host(0), call.host(1)];
      if (a === null || b === null) return call.value(a === null ? 0 : 1);
      if (b.list().includes(0)) throw call.node.fault("divides by zero", "0", "another integer");
      const isRemainder = call.attributes.int("fmod", 0) === 1;
      return HostArray.combine(a.kind, [a, b], (x, y) => (isRemainder ? x % y : ((x % y) + y) % y));
    },
  },
  Erf: curve(erf),
  // no operator of ONNX, but what tf2onnx leaves of Keras's gelu
  Erfc: curve((x) => sub(1, erf(x))),
  Equal: comparison((a, b) => a === b, equal),
  Less: comparison((a, b) => a < b, less),
  LessOrEqual: comparison((a, b) => a <= b, lessEqual),
  Greater: comparison((a, b) => a > b, greater),
  GreaterOrEqual: comparison((a, b) => a >= b, greaterEqual),
  And: comparison((a, b) => truth(a) && truth(b), mul),
  Or: comparison((a, b) => truth(a) || truth(b), maximum),
  Xor: comparison((a, b) => truth(a) !== truth(b), notEqual),
  Not: {
    run: (call) => {
      const x = call.value(0);
      return x instanceof HostArray ? x.map("bool", (value) => (value === 0 ? 1 : 0)) : sub(1, toFloat(x));
    },
  },
  Where: { run: chosen },
  Clip: { run: clipped },
  Cast: { run: castNode },
  CastLike: {
    run: (call) => {
      const like = call.value(1);
      const kind = like instanceof HostArray ? like.kind : like.dtype === "int32" ? "int" : "float";
      return cast(call.value(0), kind);
    },
  },
  Relu: curve(relu),
  LeakyRelu: curve((x, { attributes }) => leakyRelu(x, attributes.float("alpha", 0.01))),
  PRelu: { run: preluOf },
  Elu: curve((x, { attributes }) => elu(x, attributes.float("alpha", 1))),
  Celu: curve((x, { attributes }) => {
    const alpha = attributes.float("alpha", 1);
    return mul(elu(div(x, alpha)), alpha);
  }),
  Selu: curve((x, { attributes }) =>
    mul(elu(x, attributes.float("alpha", 1.6732631921768188)), attributes.float("gamma", 1.0507010221481323)),
  ),
  Gelu: {
    refuses: oneOf("approximate", ["none", "tanh"], "none"),
    run: (call) => (call.attributes.text("approximate", "none") === "tanh" ? tanhGelu : gelu)(call.tensor(0)),
  },
  Sigmoid: curve(sigmoid),
  Swish: curve((x, { attributes }) => {
    const alpha = attributes.float("alpha", 1);
    return alpha === 1 ? silu(x) : mul(x, sigmoid(mul(x, alpha)));
  }),
  HardSigmoid: curve((x, { attributes }) =>
    clip(add(mul(x, attributes.float("alpha", 0.2)), attributes.float("beta", 0.5)), 0, 1),
  ),
  HardSwish: curve((x) => mul(x, clip(add(mul(x, 1 / 6), 0.5), 0, 1))),
  Mish: curve((x) => mul(x, tanh(softplus(x)))),
  Softplus: curve(softplus),
  Softsign: curve((x) => div(x, add(abs(x), 1))),
  Tanh: curve(tanh),
  ThresholdedRelu: curve((x, { attributes }) => mul(x, greater(x, attributes.float("alpha", 1)))),
};
