// A net of the benchmark as the bytes of an ONNX file (opset 13), for onnxruntime. Only what these nets need of the format,
// whose messages and field numbers are in onnx.proto3; protobuf's wire format is varints and length-prefixed bytes.

function varint(value) {
  const bytes = [];
  let rest = BigInt(value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

const integer = (field, value) => Buffer.concat([varint(field * 8), varint(value)]);

function bytes(field, content) {
  const data = typeof content === "string" ? Buffer.from(content) : content;
  return Buffer.concat([varint(field * 8 + 2), varint(data.length), data]);
}

const message = (field, parts) => bytes(field, Buffer.concat(parts));

const float = (field, value) => {
  const data = Buffer.alloc(4);
  data.writeFloatLE(value);
  return Buffer.concat([varint(field * 8 + 5), data]);
};

/** AttributeProto: a list of integers, an integer, or (epsilon) a float. */
function attribute(name, value) {
  if (Array.isArray(value)) return [bytes(1, name), ...value.map((item) => integer(8, item)), integer(20, 7)];
  return Number.isInteger(value)
    ? [bytes(1, name), integer(3, value), integer(20, 2)]
    : [bytes(1, name), float(2, value), integer(20, 1)];
}

/** ValueInfoProto: float32 of this shape. */
function valueInfo(name, shape) {
  const dimensions = shape.map((extent) => message(1, [integer(1, extent)]));
  return [bytes(1, name), message(2, [message(1, [integer(1, 1), message(2, dimensions)])])];
}

/** Nodes and initializers of a graph, as they are appended. */
class Graph {
  nodes = [];
  initializers = [];
  #count = 0;

  constructor({ shapes, parameters }) {
    this.shapes = shapes;
    this.parameters = parameters;
  }

  next = 0;

  constant(shape, values) {
    const name = `c${this.initializers.length}`;
    const raw = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    this.initializers.push([
      ...shape.map((extent) => integer(1, extent)),
      integer(2, 1),
      bytes(8, name),
      bytes(9, raw),
    ]);
    return name;
  }

  parameter() {
    const at = this.next++;
    return this.constant(this.shapes[at], this.parameters[at]);
  }

  node(type, inputs, attributes = {}) {
    const output = `v${this.#count++}`;
    this.nodes.push([
      ...inputs.map((name) => bytes(1, name)),
      bytes(2, output),
      bytes(4, type),
      ...Object.entries(attributes).map(([name, value]) => message(5, attribute(name, value))),
    ]);
    return output;
  }
}

const writers = {
  linear: (graph, x) => graph.node("Gemm", [x, graph.parameter(), graph.parameter()], { transB: 1 }),
  conv(graph, x, { size, padding, stride = 1, groups = 1, bias = true }) {
    const inputs = [x, graph.parameter(), ...(bias ? [graph.parameter()] : [])];
    const [kernel, strides] = [size, stride].map((value) => [value, value]);
    return graph.node("Conv", inputs, { kernel_shape: kernel, strides, pads: Array(4).fill(padding), group: groups });
  },
  "batch-norm"(graph, x, { features }) {
    const statistics = [0, 1].map((value) => graph.constant([features], new Float32Array(features).fill(value)));
    const [scale, shift] = [graph.parameter(), graph.parameter()];
    return graph.node("BatchNormalization", [x, scale, shift, ...statistics], { epsilon: 1e-5 });
  },
  residual(graph, x, { body, shortcut }) {
    const sum = write(graph, x, body);
    return graph.node("Add", [sum, write(graph, x, shortcut)]);
  },
  relu: (graph, x) => graph.node("Relu", [x]),
  pool: (graph, x, { size, stride = size }) =>
    graph.node("MaxPool", [x], { kernel_shape: [size, size], strides: [stride, stride] }),
  "global-pool": (graph, x) => graph.node("Flatten", [graph.node("GlobalAveragePool", [x])]),
  flatten: (graph, x) => graph.node("Flatten", [x]),
  dropout: (_graph, x) => x,
};

function write(graph, x, layers) {
  return layers.reduce((value, layer) => writers[layer.kind](graph, value, layer), x);
}

/** ModelProto of a problem; its input is "x" [batchSize, …], its output is returned as `output`. */
export function onnxOf(problem) {
  const graph = new Graph(problem);
  const output = write(graph, "x", problem.layers);
  const classes = problem.layers.findLast(({ kind }) => kind === "linear").out;
  const parts = [
    ...graph.nodes.map((node) => message(1, node)),
    bytes(2, problem.name),
    ...graph.initializers.map((tensor) => message(5, tensor)),
    message(11, valueInfo("x", [problem.batchSize, ...problem.input])),
    message(12, valueInfo(output, [problem.batchSize, classes])),
  ];
  return { model: Buffer.concat([integer(1, 8), message(8, [integer(2, 13)]), message(7, parts)]), output };
}
