// Normalisation, dropout and softmax. What differs between training and evaluation follows the network's mode, not the
// file's.

import { normalizeBatch } from "../../nn/normalization.ts";
import { standardized } from "../../nn/sample-normalization.ts";
import { add, logSoftmax, mean, mul, reshape, rsqrt, softmax, square } from "../../ops/index.ts";
import { ShapeError } from "../../shape/errors.ts";
import { formatShape, normalizeAxis, type Shape, sizeOf } from "../../shape/shape.ts";
import type { Tensor } from "../../tensor/index.ts";
import type { NodeCall } from "../node-call.ts";
import type { Rules } from "./rule.ts";

const epsOf = ({ attributes }: NodeCall): number => attributes.float("epsilon", 1e-5);

/** Against axis 1 of `x`. */
const channelShape = (x: Tensor, channels = x.shape[1]!): Shape => [channels, ...x.shape.slice(2).map(() => 1)];

function expectChannels(call: NodeCall, x: Tensor): void {
  if (x.rank >= 2) return;
  throw new ShapeError(
    `${call.node.op}: there are no channels, got ${formatShape(x.shape)}, expected [N, C, ...]`,
    x.shape,
  );
}

/** ONNX keeps `momentum` of the running statistics, as many as PyTorch takes of the batch's leave over. */
function batchNormalization(call: NodeCall): Tensor {
  const x = call.tensor(0);
  expectChannels(call, x);
  const [runningMean, runningVar] = [3, 4].map((index) => {
    call.tensor(index);
    const variable = call.around.variable(call.node.inputs[index]!);
    if (variable !== null) return variable;
    throw call.node.fault("has statistics that are computed", call.node.inputs[index]!, "constants");
  });
  const flat = x.rank === 2 || x.rank === 4 ? x : reshape(x, [x.shape[0]!, x.shape[1]!, 1, sizeOf(x.shape.slice(2))]);
  const y = normalizeBatch(call.node.op, flat, {
    training: call.around.training,
    eps: epsOf(call),
    momentum: 1 - call.attributes.float("momentum", 0.9),
    weight: call.tensor(1),
    bias: call.tensor(2),
    runningMean: runningMean!,
    runningVar: runningVar!,
  });
  return reshape(y, x.shape);
}

function instanceNormalization(call: NodeCall): Tensor {
  const x = call.tensor(0);
  expectChannels(call, x);
  const y = reshape(standardized(reshape(x, [x.shape[0]!, x.shape[1]!, -1]), epsOf(call)), x.shape);
  const [scale, shift] = [call.tensor(1), call.tensor(2)];
  return add(mul(y, reshape(scale, channelShape(x))), reshape(shift, channelShape(x)));
}

/** Scale and shift are each group's up to operator set 20, each channel's from 21 on. */
function groupNormalization(call: NodeCall): Tensor {
  const x = call.tensor(0);
  expectChannels(call, x);
  const groups = call.attributes.int("num_groups", 1);
  const scaled = (y: Tensor, against: Shape): Tensor =>
    add(mul(y, reshape(call.tensor(1), against)), reshape(call.tensor(2), against));
  if (!(groups >= 1) || x.shape[1]! % groups !== 0) {
    throw new ShapeError(
      `GroupNormalization: groups do not fit, got ${groups} for ${formatShape(x.shape)}, expected a divisor of the channels`,
      x.shape,
    );
  }
  const y = standardized(reshape(x, [x.shape[0]!, groups, -1]), epsOf(call));
  if (call.version < 21) return reshape(scaled(y, [groups, 1]), x.shape);
  return scaled(reshape(y, x.shape), channelShape(x));
}

function layerNormalization(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const axis = call.axis(x.rank, -1);
  const flat = standardized(reshape(x, [...x.shape.slice(0, axis), -1]), epsOf(call));
  const y = mul(reshape(flat, x.shape), call.tensor(1));
  const shift = call.maybeTensor(2);
  return shift === undefined ? y : add(y, shift);
}

function rmsNormalization(call: NodeCall): Tensor {
  const x = call.tensor(0);
  const axis = call.axis(x.rank, -1);
  const flat = reshape(x, [...x.shape.slice(0, axis), -1]);
  const scale = rsqrt(add(mean(square(flat), -1, { keepDims: true }), epsOf(call)));
  return mul(reshape(mul(flat, scale), x.shape), call.tensor(1));
}

/** Its rate is the module's own. */
function dropped(call: NodeCall): Tensor {
  return call.around.dropout(call.node).forward(call.tensor(0));
}

/** Up to operator set 12 all axes from `axis` on are one. */
function alongAxis(call: NodeCall, op: (x: Tensor, axis: number) => Tensor): Tensor {
  const x = call.tensor(0);
  const isFlattened = call.version < 13;
  const axis = call.attributes.int("axis", isFlattened ? 1 : -1);
  const at = isFlattened && axis === x.rank ? axis : normalizeAxis(call.node.op, axis, x.rank);
  if (!isFlattened) return op(x, at);
  return reshape(op(reshape(x, [sizeOf(x.shape.slice(0, at)), sizeOf(x.shape.slice(at))]), 1), x.shape);
}

export const normalizationRules: Rules = {
  // the others are what PyTorch's exporters list of training
  BatchNormalization: {
    run: (call) => [batchNormalization(call), null, null, null, null],
    outputs: 5,
    refuses: ({ attributes }) => (attributes.int("spatial", 1) === 1 ? null : "spatial 0"),
  },
  InstanceNormalization: { run: instanceNormalization },
  GroupNormalization: { run: groupNormalization },
  LayerNormalization: { run: (call) => [layerNormalization(call), null, null], outputs: 3 },
  RMSNormalization: { run: rmsNormalization },
  Dropout: { run: (call) => [dropped(call), null], outputs: 2 },
  Softmax: { run: (call) => alongAxis(call, softmax) },
  LogSoftmax: { run: (call) => alongAxis(call, logSoftmax) },
};
