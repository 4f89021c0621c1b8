// Reverse-mode differentiation: the gradients of a scalar as new graph nodes. There is no tape; the graph is the record.
import { type Node, reachable } from "../graph/node.ts";
import { expectDType, Tensor } from "../graph/tensor.ts";
import { add, ones, zeros } from "../ops/index.ts";
import { ShapeError } from "../shape/errors.ts";
import { formatShape, sameShape } from "../shape/shape.ts";

export interface GradientsOptions {
  /** the gradient arriving at `loss`, of its shape; lets it be any tensor (a vector-Jacobian product); default 1 */
  cotangent?: Tensor | undefined;
}

/**
 * d loss / d x for each x of `wrt`, which may be any tensors the loss was built from, intermediate ones too. They are
 * ordinary tensors: gradients of gradients work wherever each op on the path has a gradient.
 * @param loss float32 scalar, or any shape with a cotangent
 * @param wrt float32, any shapes
 * @returns one gradient per tensor, of its shape; zeros where the loss does not depend on it
 * @throws ShapeError when the loss is not a scalar and no cotangent is given, or the cotangent has another shape
 * @throws DTypeError for int32 tensors
 */
export function gradients(loss: Tensor, wrt: readonly Tensor[], options: GradientsOptions = {}): Tensor[] {
  const { cotangent } = options;
  expectDType("gradients", "loss", loss.dtype, "float32");
  for (const x of wrt) expectDType("gradients", "a tensor of wrt", x.dtype, "float32");
  if (cotangent === undefined && loss.rank !== 0) {
    throw new ShapeError(
      `gradients: loss is not a scalar, got ${formatShape(loss.shape)}, expected [] or a cotangent`,
      loss.shape,
    );
  }
  if (cotangent !== undefined && !sameShape(cotangent.shape, loss.shape)) {
    throw new ShapeError(
      `gradients: cotangent has the wrong shape, got ${formatShape(cotangent.shape)}, expected ${formatShape(loss.shape)}`,
      cotangent.shape,
      loss.shape,
    );
  }

  const path = pathTo(loss.node, new Set(wrt.map((x) => x.node)));
  const received = new Map<Node, Tensor>([[loss.node, cotangent ?? ones(loss.shape)]]);
  // ids decrease: a node has received from all of its users before it passes anything on
  for (const node of [...path].reverse()) {
    const g = received.get(node);
    if (g === undefined || "none" in node.op.vjp || !node.inputs.some((input) => path.has(input))) continue;
    const inputs = node.inputs.map((input) => new Tensor(input));
    const contributions = node.op.vjp(node.attributes)(g, new Tensor(node), ...inputs);
    node.inputs.forEach((input, index) => {
      const contribution = contributions[index] ?? null;
      if (contribution === null || !path.has(input)) return;
      if (!sameShape(contribution.shape, input.shape)) {
        throw new Error(
          `internal: vjp of ${node.op.name} gave ${formatShape(contribution.shape)} for ${formatShape(input.shape)}`,
        );
      }
      const earlier = received.get(input);
      received.set(input, earlier === undefined ? contribution : add(earlier, contribution));
    });
  }
  return wrt.map((x) => received.get(x.node) ?? zeros(x.shape));
}

/** The targets and the nodes between them and `loss` through which gradients flow, in the order they were made. */
function pathTo(loss: Node, targets: ReadonlySet<Node>): ReadonlySet<Node> {
  const path = new Set<Node>();
  for (const node of reachable([loss])) {
    const passes = !("none" in node.op.vjp) && node.inputs.some((input) => path.has(input));
    if (passes || targets.has(node)) path.add(node);
  }
  return path;
}
