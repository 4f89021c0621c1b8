// What lowering rules write into: kernel calls over virtual buffers, one per value. Where the buffers lie is decided
// later (memory.ts); here a buffer is only an identity and a size.
import type { Node } from "../graph/node.ts";
import type { Storage } from "../graph/storage.ts";
import type { KernelArguments, KernelName } from "../program/kernel-table.ts";
import { type DType, elementBytes } from "../shape/dtype.ts";
import { formatShape, sizeOf, stridesOf } from "../shape/shape.ts";
import { broadcastStrides, collapse } from "./fused.ts";
import { constantOf, type Precision, storageOf } from "./request.ts";

export interface VirtualBuffer {
  readonly bytes: number;
  /** the external buffer it is, or null for a temporary */
  readonly external: number | null;
  /** sums of a tiled segment: one for each lane, one behind the other */
  readonly copies?: number;
}

export type VirtualArguments<Name extends KernelName> = KernelArguments<Name, VirtualBuffer, VirtualBuffer>;

export type VirtualCall = {
  [Name in KernelName]: {
    readonly kernel: Name;
    readonly arguments: VirtualArguments<Name>;
    readonly label: string;
    /** an output that may take the place of an input that dies here: the kernel works element by element */
    readonly inPlace: readonly { readonly output: VirtualBuffer; readonly input: VirtualBuffer }[];
  };
}[KernelName];

export class Lowering {
  readonly precision: Precision;
  readonly calls: VirtualCall[] = [];
  readonly storages: Storage[] = [];
  readonly #externals: VirtualBuffer[] = [];
  readonly #buffers = new Map<Node, VirtualBuffer>();

  constructor(precision: Precision) {
    this.precision = precision;
  }

  emit<Name extends KernelName>(
    kernel: Name,
    kernelArguments: VirtualArguments<Name>,
    label: string,
    inPlace: VirtualCall["inPlace"] = [],
  ): void {
    this.calls.push({ kernel, arguments: kernelArguments, label, inPlace } as VirtualCall);
  }

  /** The dense buffer that holds a node's value; constants and repeated values are written out at their first use. */
  buffer(node: Node): VirtualBuffer {
    const known = this.#buffers.get(node);
    if (known !== undefined) return known;
    const storage = storageOf(node);
    const buffer = storage !== null ? this.external(storage) : this.#view(node);
    this.#buffers.set(node, buffer);
    return buffer;
  }

  /** A fresh buffer for a value that a step is about to compute, or `buffer` where it has to lie there. */
  define(node: Node, buffer: VirtualBuffer = temporary(node)): VirtualBuffer {
    this.#buffers.set(node, buffer);
    return buffer;
  }

  external(storage: Storage): VirtualBuffer {
    const index = this.storages.indexOf(storage);
    if (index >= 0) return this.#externals[index]!;
    this.storages.push(storage);
    const buffer = { bytes: sizeOf(storage.shape) * elementBytes, external: this.#externals.length };
    this.#externals.push(buffer);
    return buffer;
  }

  copyAll(from: VirtualBuffer, to: VirtualBuffer, label: string): void {
    const shape = [from.bytes / elementBytes];
    this.emit("copy", { x: from, out: to, shape, xStrides: [1], outStrides: [1], xOffset: 0, outOffset: 0 }, label);
  }

  #view(node: Node): VirtualBuffer {
    const label = `${node.op.name} ${formatShape(node.shape)}`;
    switch (node.op.name) {
      case "reshape":
        return this.buffer(node.inputs[0]!);
      case "full": {
        const out = temporary(node);
        this.emit("fill", { out, count: sizeOf(node.shape), bits: wordOf(constantOf(node)!, node.dtype) }, label);
        return out;
      }
      case "broadcastTo": {
        const x = this.buffer(node.inputs[0]!);
        const out = temporary(node);
        const walk = collapse(node.shape, [broadcastStrides(node.inputs[0]!.shape, node.shape), stridesOf(node.shape)]);
        this.emit(
          "copy",
          {
            x,
            out,
            shape: walk.shape,
            xStrides: walk.strides[0]!,
            outStrides: walk.strides[1]!,
            xOffset: 0,
            outOffset: 0,
          },
          label,
        );
        return out;
      }
      default:
        throw new Error(`internal: ${node.op.name} is read before it is computed`);
    }
  }
}

function temporary(node: Node): VirtualBuffer {
  return { bytes: sizeOf(node.shape) * elementBytes, external: null };
}

/** The 32-bit word that holds a number in a dtype. */
export function wordOf(value: number, dtype: DType): number {
  return dtype === "int32" ? value : new Int32Array(new Float32Array([value]).buffer)[0]!;
}
