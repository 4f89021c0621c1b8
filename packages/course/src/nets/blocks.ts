// Building blocks of later networks: branches side by side, shortcuts, and convolutions taken apart.
import { BatchNorm2d, Conv2d, Identity, MaxPool2d, Module, ReLU, Sequential } from "tatamijs/nn";
import { add, concat, relu } from "tatamijs/ops";
import type { Tensor } from "tatamijs/tensor";

const he = { weightInit: "heNormal", biasInit: "zeros" } as const;

/** A convolution and its ReLU. */
export function convRelu(
  from: number,
  to: number,
  filter: number,
  options: { stride?: number; padding?: number } = {},
): Module[] {
  return [new Conv2d(from, to, filter, { ...options, ...he }), new ReLU()];
}

/** A convolution without bias, which the batch norm behind it would take off again. */
export function convNorm(
  from: number,
  to: number,
  filter: number,
  options: { stride?: number; padding?: number; groups?: number } = {},
): Module[] {
  return [new Conv2d(from, to, filter, { ...options, ...he, bias: false }), new BatchNorm2d(to)];
}

/** GoogLeNet's inception (Szegedy et al. 2015): 1×1, 3×3, 5×5 and a pool, side by side, their channels joined. */
export class Inception extends Module {
  readonly branches: readonly Module[];

  /** @param widths channels of the four branches */
  constructor(from: number, widths: readonly [number, number, number, number]) {
    super();
    const [one, three, five, pool] = widths;
    const narrow = (width: number): number => Math.max(1, width >> 1);
    this.branches = [
      new Sequential(...convRelu(from, one, 1)),
      new Sequential(...convRelu(from, narrow(three), 1), ...convRelu(narrow(three), three, 3, { padding: 1 })),
      new Sequential(...convRelu(from, narrow(five), 1), ...convRelu(narrow(five), five, 5, { padding: 2 })),
      new Sequential(new MaxPool2d(3, { stride: 1, padding: 1 }), ...convRelu(from, pool, 1)),
    ];
  }

  /** @param x [N, C, H, W] */
  override forward(x: Tensor): Tensor {
    return concat(
      this.branches.map((branch) => branch.call(x)),
      1,
    );
  }
}

/** ResNet's basic block (He et al. 2016): two convolutions and a shortcut around them. */
export class Residual extends Module {
  readonly body: Module;
  readonly shortcut: Module;

  constructor(from: number, to: number, stride = 1) {
    super();
    this.body = new Sequential(
      ...convNorm(from, to, 3, { stride, padding: 1 }),
      new ReLU(),
      ...convNorm(to, to, 3, { padding: 1 }),
    );
    this.shortcut = from === to && stride === 1 ? new Identity() : new Sequential(...convNorm(from, to, 1, { stride }));
  }

  /** @param x [N, C, H, W] */
  override forward(x: Tensor): Tensor {
    return relu(add(this.body.call(x), this.shortcut.call(x)));
  }
}

/** MobileNet's block (Howard et al. 2017): each channel by a filter of its own, then 1×1 across channels. */
export function depthwiseSeparable(from: number, to: number, stride = 1): Module[] {
  return [
    ...convNorm(from, from, 3, { stride, padding: 1, groups: from }),
    new ReLU(),
    ...convNorm(from, to, 1),
    new ReLU(),
  ];
}
