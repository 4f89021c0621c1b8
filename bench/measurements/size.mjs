// What a browser downloads: the whole library minified, without the wasm, and the wasm; both gzipped.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const root = new URL("../../", import.meta.url);
const { build } = createRequire(new URL("package.json", root))("esbuild");
const gzipped = (bytes) => gzipSync(bytes, { level: 9 }).length;

const { outputFiles } = await build({
  stdin: { contents: 'export * from "tatamijs";', resolveDir: fileURLToPath(root) },
  bundle: true,
  minify: true,
  platform: "browser",
  format: "esm",
  target: "es2022",
  external: ["node:*"],
  write: false,
});
const library = outputFiles[0].contents;
const wasm = readFileSync(new URL("packages/tatami/wasm/tatami.wasm", root));
process.stdout.write(
  JSON.stringify({
    libraryBytes: library.length,
    libraryGzip: gzipped(library),
    wasmBytes: wasm.length,
    wasmGzip: gzipped(wasm),
  }),
);
