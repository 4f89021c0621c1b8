// The attributes of a node: numbers, texts and tensors by name. A file may say anything, so each is checked when asked for.
import { type Fault, quoted } from "../formats/file-fault.ts";
import type { Message } from "./message.ts";
import { StoredTensor } from "./stored-tensor.ts";

/** AttributeProto.AttributeType, by which files of format version 2 and later say what they hold */
const types = { float: 1, int: 2, text: 3, tensor: 4, graph: 5, floats: 6, ints: 7, texts: 8, graphs: 10 } as const;

type Kind = keyof typeof types;

export class NodeAttributes {
  readonly #entries: ReadonlyMap<string, Message>;
  readonly #fault: Fault;

  constructor(entries: readonly Message[], fault: Fault) {
    this.#entries = new Map(entries.map((entry) => [entry.text(1), entry]));
    this.#fault = fault;
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** Whether it holds graphs within, as loops and branches do. */
  get hasGraphs(): boolean {
    return [...this.#entries.values()].some((entry) => entry.has(6) || entry.has(11));
  }

  int(name: string, otherwise: number): number {
    return this.#of(name, "int")?.integer(3) ?? otherwise;
  }

  ints(name: string): readonly number[] | null {
    return this.#of(name, "ints")?.integers(8) ?? null;
  }

  float(name: string, otherwise: number): number {
    return this.#of(name, "float")?.floats(2).at(-1) ?? otherwise;
  }

  floats(name: string): readonly number[] | null {
    return this.#of(name, "floats")?.floats(7) ?? null;
  }

  text(name: string, otherwise: string): string {
    return this.#of(name, "text")?.text(4) ?? otherwise;
  }

  texts(name: string): readonly string[] | null {
    return this.#of(name, "texts")?.texts(9) ?? null;
  }

  /** @param as the name that it is given */
  tensor(name: string, as: string): StoredTensor | null {
    const entry = this.#of(name, "tensor");
    if (entry === null) return null;
    const [found, ...others] = entry.messages(5);
    if (found !== undefined && others.length === 0) return new StoredTensor(found, as);
    throw this.#fault(`has an attribute ${quoted(name)} without its value`, entry.offset, "none", "a tensor");
  }

  /** @throws DataError where it is of another kind */
  #of(name: string, kind: Kind): Message | null {
    const entry = this.#entries.get(name);
    if (entry === undefined) return null;
    const type = entry.integer(20);
    // 0: not said
    if (type === types[kind] || type === 0) return entry;
    const found = Object.entries(types).find(([, number]) => number === type)?.[0] ?? `type ${type}`;
    throw this.#fault(`has an attribute ${quoted(name)} of another kind`, entry.offset, found, kind);
  }
}
