// Where buffers lie in one linear memory: first fit over a list of free blocks, neighbours joined when one is freed. It
// deals in addresses only; growing the memory is its owner's business.
import { alignment } from "../../program/program.ts";

interface Block {
  readonly address: number;
  readonly bytes: number;
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

export class Allocator {
  /** free blocks by address, no two of them neighbours */
  readonly #free: Block[] = [];
  /** bytes taken at each address */
  readonly #taken = new Map<number, number>();
  readonly #grow: (end: number) => number;
  #end: number;

  /**
   * @param start first address that may be handed out
   * @param grow makes memory up to address `end` at least and returns where it ends now; it throws when it cannot
   */
  constructor(start: number, grow: (end: number) => number) {
    this.#end = roundUp(start);
    this.#grow = grow;
  }

  /** bytes handed out, rounding included */
  get used(): number {
    let bytes = 0;
    for (const taken of this.#taken.values()) bytes += taken;
    return bytes;
  }

  /** @returns the address of `bytes` bytes, a multiple of 64 */
  allocate(bytes: number): number {
    // an empty buffer has an address of its own too
    const needed = roundUp(Math.max(bytes, 1));
    let index = this.#free.findIndex((block) => block.bytes >= needed);
    if (index === -1) {
      this.#extend(needed);
      index = this.#free.length - 1;
    }
    const { address, bytes: found } = this.#free[index];
    const rest = found > needed ? [{ address: address + needed, bytes: found - needed }] : [];
    this.#free.splice(index, 1, ...rest);
    this.#taken.set(address, needed);
    return address;
  }

  free(address: number): void {
    const bytes = this.#taken.get(address);
    if (bytes === undefined) throw new Error(`internal: free of address ${address}, which is not allocated`);
    this.#taken.delete(address);
    this.#insert({ address, bytes });
  }

  /** Makes the last free block hold `needed` bytes. */
  #extend(needed: number): void {
    const last = this.#free.at(-1);
    const open = last !== undefined && last.address + last.bytes === this.#end ? last.bytes : 0;
    const grown = this.#grow(this.#end - open + needed);
    const end = grown - (grown % alignment);
    const address = this.#end;
    this.#end = end;
    this.#insert({ address, bytes: end - address });
  }

  #insert(block: Block): void {
    const following = this.#free.findIndex((free) => free.address > block.address);
    const index = following === -1 ? this.#free.length : following;
    const before = this.#free[index - 1];
    const after = this.#free[index];
    const joinsBefore = before !== undefined && before.address + before.bytes === block.address;
    const joinsAfter = after !== undefined && block.address + block.bytes === after.address;
    const joined = {
      address: joinsBefore ? before.address : block.address,
      bytes: (joinsBefore ? before.bytes : 0) + block.bytes + (joinsAfter ? after.bytes : 0),
    };
    this.#free.splice(index - (joinsBefore ? 1 : 0), (joinsBefore ? 1 : 0) + (joinsAfter ? 1 : 0), joined);
  }
}
