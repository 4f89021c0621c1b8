// Data augmentation as a layer in front of a network: while training, each image of a batch is moved, turned, mirrored, cut
// or blotted by draws of its own. It is part of the compiled step, so a seed decides it like everything else.
import { Module, Sequential } from "tatamijs/nn";
import {
  add,
  broadcastTo,
  clip,
  greaterEqual,
  less,
  mul,
  nextKey,
  reshape,
  sub,
  takeAlong,
  tensor,
  toInt,
  uniform,
} from "tatamijs/ops";
import { streamOf } from "tatamijs/random";
import { type Tensor, Variable } from "tatamijs/tensor";
import { flag, integer, real, type Values } from "../frame/setting.ts";

export const augmentSettings = {
  shift: integer(0, "augmentation: moved by up to so many pixels", { min: 0, max: 14 }),
  rotate: real(0, "augmentation: turned by up to so many degrees", { max: 180 }),
  flip: flag(false, "augmentation: mirrored left to right, every second image"),
  crop: integer(28, "augmentation: a square of this side cut out at random and enlarged", { min: 4, max: 28 }),
  erase: integer(0, "augmentation: a square of this side blotted out", { min: 0, max: 28 }),
};

export type AugmentValues = Values<typeof augmentSettings>;

/** Whether anything is done at all. */
export function augments({ shift, rotate, flip: mirror, crop, erase }: AugmentValues): boolean {
  return shift > 0 || rotate > 0 || mirror || crop < 28 || erase > 0;
}

/**
 * A model with augmentation in front, where any is set. What the model starts from stays as it is.
 * @param seed decides the draws
 */
export function withAugmentation(model: Module, values: AugmentValues, seed: number): Module {
  if (!augments(values)) return model;
  const front = new Augment(values);
  front.key.set([seed, streamOf("augment"), 0]);
  return new Sequential(front, model);
}

export class Augment extends Module {
  readonly values: AugmentValues;
  /** int32 [3]: [seed, stream, step] */
  readonly key = new Variable([3], "int32");

  /** @param values what is done; images are square */
  constructor(values: AugmentValues) {
    super();
    this.values = values;
  }

  /**
   * Every pixel takes the value of the one nearest to where it comes from, 0 outside the image.
   * @param x float32 [N, C, H, H]
   */
  override forward(x: Tensor): Tensor {
    if (!this.training || !augments(this.values)) return x;
    const [count, channels, side] = x.shape;
    const pixels = side * side;
    const { shift, rotate, flip: mirror, crop, erase } = this.values;
    // [N, 1] each
    const draws = uniform([8, count, 1], this.key);
    this.key.assign(nextKey(this.key));
    const draw = (index: number): Tensor => reshape(draws.slice([index, 0, 0], [1, count, 1]), [count, 1]);
    const between = (index: number, low: number, high: number): Tensor => add(mul(draw(index), high - low), low);
    const whole = (index: number, low: number, high: number): Tensor =>
      // toInt cuts towards 0, so it is given nothing below it
      add(toInt(mul(draw(index), high - low + 1)).toFloat(), low);

    const middle = (side - 1) / 2;
    const row = tensor(
      Float32Array.from({ length: pixels }, (_, index) => Math.floor(index / side)),
      [1, pixels],
    );
    const column = tensor(
      Float32Array.from({ length: pixels }, (_, index) => index % side),
      [1, pixels],
    );

    // from a pixel of the result back to where it comes from: uncut, unturned, unmoved, unmirrored
    const part = Math.min(crop, side) / side;
    let y =
      crop < side
        ? add(mul(add(row, 0.5), part), add(whole(0, 0, side - crop), -0.5))
        : broadcastTo(row, [count, pixels]);
    let v =
      crop < side
        ? add(mul(add(column, 0.5), part), add(whole(1, 0, side - crop), -0.5))
        : broadcastTo(column, [count, pixels]);
    if (rotate > 0) {
      const angle = between(2, (-rotate * Math.PI) / 180, (rotate * Math.PI) / 180);
      const [cosine, sine] = [power(angle, 0), mul(angle, power(angle, 1))];
      const [dy, dv] = [sub(y, middle), sub(v, middle)];
      y = add(sub(mul(dy, cosine), mul(dv, sine)), middle);
      v = add(add(mul(dy, sine), mul(dv, cosine)), middle);
    }
    if (shift > 0) {
      y = sub(y, whole(3, -shift, shift));
      v = sub(v, whole(4, -shift, shift));
    }
    if (mirror) {
      const mirrored = less(draw(5), 0.5);
      v = add(v, mul(mirrored, sub(side - 1, mul(v, 2))));
    }
    const inside = [y, v].map((at) => mul(greaterEqual(at, -0.5), less(at, side - 0.5)));
    const nearest = (at: Tensor): Tensor => toInt(add(clip(at, 0, side - 1), 0.5)).toFloat();
    const from = toInt(add(mul(nearest(y), side), nearest(v)));
    let mask = mul(inside[0], inside[1]);
    if (erase > 0) {
      const [top, left] = [whole(6, 0, side - erase), whole(7, 0, side - erase)];
      const within = (at: Tensor, begin: Tensor): Tensor => mul(greaterEqual(at, begin), less(at, add(begin, erase)));
      mask = mul(mask, sub(1, mul(within(row, top), within(column, left))));
    }
    const each = (values: Tensor): Tensor =>
      broadcastTo(reshape(values, [count, 1, pixels]), [count, channels, pixels]);
    const taken = takeAlong(reshape(x, [count, channels, pixels]), each(from));
    return reshape(mul(taken, each(mask)), x.shape);
  }

  protected override resetBuffers(seed: number, path: string): void {
    this.key.set([seed, streamOf(path), 0]);
  }
}

/**
 * Taylor's series, to eight terms, of cos x with `odd` 0 and of sin x / x with 1: off by at most 5e-6 for |x| ≤ π.
 */
function power(x: Tensor, odd: 0 | 1): Tensor {
  const square = mul(x, x);
  let sum: Tensor = add(mul(square, 0), 1);
  for (let term = 8; term >= 1; term--) {
    const [a, b] = [2 * term - 1 + odd, 2 * term + odd];
    sum = sub(1, mul(mul(square, 1 / (a * b)), sum));
  }
  return sum;
}
