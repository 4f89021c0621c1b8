// An ONNX graph under construction and its bytes: nodes, constants, one input and one output. What a layer becomes is
// layer-nodes.ts; nothing here knows layers. Field numbers are those of onnx.proto.
import { ProtobufWriter } from "../formats/protobuf-writer.ts";
import type { Shape } from "../shape/shape.ts";

/** Of a node; the kinds cannot be told apart by their values. */
export type Attribute = { readonly int: number } | { readonly float: number } | { readonly ints: readonly number[] };

export type Attributes = Readonly<Record<string, Attribute>>;

export interface Constant {
  readonly shape: Shape;
  readonly values: Float32Array | BigInt64Array;
}

interface GraphNode {
  readonly op: string;
  readonly name: string;
  readonly inputs: readonly string[];
  output: string;
  readonly attributes: Attributes;
}

export interface ModelFields {
  /** of the graph */
  readonly name: string;
  /** of one sample */
  readonly inputShape: Shape;
  readonly outputShape: Shape;
  /** texts by name */
  readonly metadata: Readonly<Record<string, string>>;
}

const inputName = "input";
const outputName = "output";
const elementTypes = { float: 1, int64: 7 } as const;
const attributeTypes = { float: 1, int: 2, ints: 7 } as const;

/** The lowest format version whose readers know an operator set. */
const irVersionOf = (opset: number): number => (opset <= 18 ? 8 : opset <= 20 ? 9 : 10);

export class OnnxGraph {
  readonly opset: number;
  readonly #nodes: GraphNode[] = [];
  readonly #constants = new Map<string, Constant>();
  /** begin of the names that are given next: the path of a layer */
  #path = "";

  constructor(opset: number) {
    this.opset = opset;
  }

  /** What names the nodes from here on, such as "0.2". */
  enter(path: string): void {
    this.#path = path;
  }

  /** The name of the input. */
  get input(): string {
    return inputName;
  }

  /**
   * Adds a node with one output.
   * @param inputs names of values, as `node`, `constant` and `input` gave them
   * @returns the name of its output
   */
  node(op: string, inputs: readonly string[], attributes: Attributes = {}): string {
    const name = this.#free(`${this.#path}/${op}`, (taken) => this.#nodes.some((node) => node.name === taken));
    this.#nodes.push({ op, name, inputs, output: `${name}.output`, attributes });
    return `${name}.output`;
  }

  /** Adds a weight under its own name. */
  weight(name: string, constant: Constant): void {
    this.#constants.set(name, constant);
  }

  /** A constant of the layer that is being written, no weight. */
  constant(name: string, values: readonly number[] | Float32Array, shape: Shape = [values.length]): string {
    const free = this.#free(`${this.#path}/${name}`, (taken) => this.#constants.has(taken));
    this.#constants.set(free, { shape, values: Float32Array.from(values) });
    return free;
  }

  /** A list of integers, such as a shape. */
  integers(name: string, values: readonly number[]): string {
    const free = this.#free(`${this.#path}/${name}`, (taken) => this.#constants.has(taken));
    this.#constants.set(free, { shape: [values.length], values: BigInt64Array.from(values, BigInt) });
    return free;
  }

  /** A ModelProto. @param last the value that is the output */
  encode(last: string, fields: ModelFields): Uint8Array<ArrayBuffer> {
    const final = last === inputName ? this.node("Identity", [last]) : last;
    this.#nodes.find(({ output }) => output === final)!.output = outputName;
    const graph = new ProtobufWriter();
    for (const node of this.#nodes) graph.message(1, nodeMessage(node));
    graph.text(2, fields.name);
    for (const [name, constant] of this.#constants) graph.message(5, tensorMessage(name, constant));
    graph.message(11, valueMessage(inputName, fields.inputShape));
    graph.message(12, valueMessage(outputName, fields.outputShape));
    const model = new ProtobufWriter()
      .int(1, irVersionOf(this.opset))
      .text(2, "tatamijs")
      .message(7, graph)
      .message(8, new ProtobufWriter().text(1, "").int(2, this.opset));
    for (const [key, value] of Object.entries(fields.metadata)) {
      model.message(14, new ProtobufWriter().text(1, key).text(2, value));
    }
    return model.finish();
  }

  #free(name: string, isTaken: (name: string) => boolean): string {
    let free = name;
    for (let count = 2; isTaken(free); count++) free = `${name}_${count}`;
    return free;
  }
}

function nodeMessage({ op, name, inputs, output, attributes }: GraphNode): ProtobufWriter {
  const message = new ProtobufWriter();
  for (const input of inputs) message.text(1, input);
  message.text(2, output).text(3, name).text(4, op);
  for (const [key, attribute] of Object.entries(attributes)) message.message(5, attributeMessage(key, attribute));
  return message;
}

function attributeMessage(name: string, attribute: Attribute): ProtobufWriter {
  const message = new ProtobufWriter().text(1, name);
  if ("float" in attribute) return message.float(2, attribute.float).int(20, attributeTypes.float);
  if ("int" in attribute) return message.int(3, attribute.int).int(20, attributeTypes.int);
  for (const value of attribute.ints) message.int(8, value);
  return message.int(20, attributeTypes.ints);
}

function tensorMessage(name: string, { shape, values }: Constant): ProtobufWriter {
  const message = new ProtobufWriter();
  for (const size of shape) message.int(1, size);
  return message
    .int(2, values instanceof Float32Array ? elementTypes.float : elementTypes.int64)
    .text(8, name)
    .bytes(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

/** A float tensor of any number of samples. */
function valueMessage(name: string, sample: Shape): ProtobufWriter {
  const shape = new ProtobufWriter().message(1, new ProtobufWriter().text(2, "N"));
  for (const size of sample) shape.message(1, new ProtobufWriter().int(1, size));
  const tensor = new ProtobufWriter().int(1, elementTypes.float).message(2, shape);
  return new ProtobufWriter().text(1, name).message(2, new ProtobufWriter().message(1, tensor));
}
