// Operators of the domain ai.onnx.ml, as scikit-learn's networks and linear models are exported with them. Labels stay what
// the file numbers them with; texts are no tensors, so that whoever wants names takes those of `classNames`.

import {
  abs,
  add,
  argMax,
  concat,
  div,
  equal,
  gather,
  matmul,
  max,
  mul,
  reshape,
  sigmoid,
  softmax,
  sqrt,
  square,
  sub,
  sum,
  tensor,
  toInt,
  where,
} from "../../ops/index.ts";
import { ShapeError } from "../../shape/errors.ts";
import { formatShape } from "../../shape/shape.ts";
import type { Tensor } from "../../tensor/index.ts";
import { asTensor, type GraphNode, type NodeCall, type Value } from "../node-call.ts";
import type { Rules } from "./rule.ts";

/** (x − offset) · scale */
function scaler(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const [offset, scale] = ["offset", "scale"].map((name) => call.around.attributeWeight(call.node, name));
  return mul(sub(x, offset!), scale!);
}

/** Each row by its norm; rows of zeros stay. */
function normalizer(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const norm = call.attributes.text("norm", "MAX");
  const options = { keepDims: true };
  const size =
    norm === "L1" ? sum(abs(x), -1, options) : norm === "L2" ? sqrt(sum(square(x), -1, options)) : max(x, -1, options);
  return div(x, where(equal(size, 0), 1, size));
}

/** x·Wᵀ + b, a row of W each class (or target). */
function linear(call: NodeCall, rows: number): Tensor {
  const x = call.tensor(0);
  const weight = call.around.attributeWeight(call.node, "coefficients");
  const count = weight.shape[0]!;
  if (x.rank !== 2 || rows < 1 || x.shape[1]! * rows !== count) {
    throw new ShapeError(
      `${call.node.op}: x has the wrong shape, got ${formatShape(x.shape)}, expected [N, ${count / rows}]`,
      x.shape,
    );
  }
  const y = matmul(x, reshape(weight, [rows, x.shape[1]!]), { transposeB: true });
  return call.attributes.floats("intercepts") === null
    ? y
    : add(y, call.around.attributeWeight(call.node, "intercepts"));
}

const transforms = ["NONE", "SOFTMAX", "LOGISTIC"];

function transformed(scores: Tensor, how: string): Tensor {
  if (how === "SOFTMAX") return softmax(scores, 1);
  return how === "LOGISTIC" ? sigmoid(scores) : scores;
}

function linearClassifier(call: NodeCall): (Value | null)[] {
  const { attributes } = call;
  const labels = attributes.ints("classlabels_ints");
  const classes = labels?.length ?? attributes.texts("classlabels_strings")?.length ?? 0;
  const rows = attributes.floats("intercepts")?.length ?? classes;
  const scores = linear(call, rows);
  const how = attributes.text("post_transform", "NONE");
  // one score of two classes is the second one's
  const both = (y: Tensor, other: Tensor): Tensor => concat([other, y], 1);
  const single = rows === 1 && classes === 2;
  const y = transformed(scores, how);
  const result = single ? both(y, how === "LOGISTIC" ? sub(1, y) : sub(0, y)) : y;
  const place = single ? argMax(both(scores, mul(scores, 0)), 1) : argMax(scores, 1);
  return [labels === null ? null : gather(tensor(Int32Array.from(labels)), place), result];
}

/** Columns of `x` at the indices; of one row, what labels are looked up in, a row of them. */
function featureExtractor(call: NodeCall): Value {
  const x = asTensor(call.value(0));
  const picked = call.value(1);
  const indices = reshape(toInt(asTensor(picked)), [-1]);
  const y = gather(x.rank === 1 ? reshape(x, [1, -1]) : x, indices, Math.max(x.rank - 1, 1));
  return y;
}

const refusesTransform = ({ attributes }: GraphNode): string | null => {
  const how = attributes.text("post_transform", "NONE");
  return transforms.includes(how) ? null : `post_transform ${JSON.stringify(how)}`;
};

export const scikitLearnRules: Rules = {
  "ai.onnx.ml.Scaler": { run: scaler },
  "ai.onnx.ml.Normalizer": { run: normalizer },
  "ai.onnx.ml.LinearClassifier": { run: linearClassifier, outputs: 2, refuses: refusesTransform },
  "ai.onnx.ml.LinearRegressor": {
    run: (call) => {
      const targets = call.attributes.int("targets", 1);
      return transformed(linear(call, targets), call.attributes.text("post_transform", "NONE"));
    },
    refuses: refusesTransform,
  },
  "ai.onnx.ml.ArrayFeatureExtractor": { run: featureExtractor },
  // a list of probabilities by class: the probabilities
  "ai.onnx.ml.ZipMap": { run: (call) => call.value(0) },
};
