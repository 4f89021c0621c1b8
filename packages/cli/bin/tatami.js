#!/usr/bin/env node
// The command's door: says what is missing where Node is too old or nothing is built, else hands over to dist/main.js.
// Plain enough to be read by every Node that knows modules.
// biome-ignore lint/style/useNodejsImportProtocol: older Nodes, which are to be told, do not know the prefix
import { existsSync } from "fs";
// biome-ignore lint/style/useNodejsImportProtocol: as above
import { fileURLToPath } from "url";

const version = process.versions.node;
const main = new URL("../dist/main.js", import.meta.url);

if (Number(version.split(".")[0]) < 20) {
  console.error(`tatami: this Node is too old, got ${version}, expected 20 or newer`);
  process.exitCode = 1;
} else if (!existsSync(fileURLToPath(main))) {
  console.error("tatami: the command is not built yet, run `npm run build` in the repository first");
  process.exitCode = 1;
} else {
  import(main.href).then(({ run }) => run(process.argv));
}
