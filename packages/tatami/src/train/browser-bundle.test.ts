// What a bundler makes of the library for a browser; it has to be built before.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, it } from "vitest";

it("a bundle for browsers has nothing of Node's files, and says so where they are asked for", async () => {
  const { outputFiles, warnings } = await build({
    entryPoints: [fileURLToPath(new URL("../../dist/index.js", import.meta.url))],
    bundle: true,
    platform: "browser",
    format: "esm",
    write: false,
    logLevel: "silent",
  });
  expect(warnings).toEqual([]);
  expect(outputFiles[0].text).toContain("checkpoints are written under Node only");
  expect(outputFiles[0].text).not.toContain("tatami checkpoint");
  expect(outputFiles[0].text).toContain("data sets lie in folders under Node only");
  expect(outputFiles[0].text).not.toContain("cannot be reached here");
});
