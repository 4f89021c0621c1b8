// One convolutional net whose batch, width and depth are turned one at a time, to see whether cost grows as arithmetic does.
const base = { batch: 100, width: 32, depth: 4 };

function net({ batch, width, depth }) {
  const convs = Array.from({ length: depth }, (_, index) => [
    { kind: "conv", in: index === 0 ? 1 : width, out: width, size: 3, padding: 1 },
    { kind: "relu" },
  ]);
  const head = [{ kind: "pool", size: 2 }, { kind: "flatten" }, { kind: "linear", in: 49 * width, out: 10 }];
  const name = `scaled-${batch}-${width}-${depth}`;
  return { name, input: [1, 14, 14], layers: [...convs.flat(), ...head], batchSize: batch };
}

/** [{axis, at, net}] */
export function scaledNets(quick) {
  const values = quick
    ? { batch: [50, 100], width: [16, 32], depth: [2, 4] }
    : { batch: [1, 5, 10, 25, 50, 100, 200, 400], width: [8, 16, 24, 32, 64, 128], depth: [2, 4, 8, 16] };
  return Object.entries(values).flatMap(([axis, list]) =>
    list.map((at) => ({ axis, at, net: net({ ...base, [axis]: at }) })),
  );
}
