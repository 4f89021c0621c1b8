// Packs what is published: the library, tatamijs-native and, for this machine's platform, the optional package with the
// addon that `npm run build:native` has made. Into the folder given, or with `--try` into an empty project, where they are
// installed without scripts and without a network and a training step runs on the native backend.
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const platform = `${process.platform}-${process.arch}`;

const step = `
import "tatamijs-native/register";
import { nativeStatus } from "tatamijs-native";
import { compile, backend, crossEntropy, gradients, tensor } from "tatamijs";
import { Conv2d, Flatten, Linear, ReLU, Sequential } from "tatamijs/nn";
import { Adam } from "tatamijs/optim";
const model = new Sequential(new Conv2d(1, 4, 3), new ReLU(), new Flatten(), new Linear(144, 10));
model.initialize(1);
const optimizer = new Adam(model.parameters(), { lr: 0.01 });
const step = compile((x, y) => {
  const loss = crossEntropy(model.call(x), y);
  optimizer.step(gradients(loss, optimizer.parameters));
  return [loss];
});
const images = tensor(Float32Array.from({ length: 640 }, (_, i) => Math.sin(i)), [10, 1, 8, 8]);
const labels = tensor(Int32Array.from({ length: 10 }, (_, i) => i));
const losses = [];
for (let i = 0; i < 20; i++) losses.push(await (await step.call(images, labels))[0].item());
const { name } = await backend();
const { file, isa, compiler } = nativeStatus();
console.log(JSON.stringify({ name, file, isa, compiler, first: losses[0], last: losses.at(-1) }));
`;

function npm(folder, ...args) {
  return execFileSync("npm", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

function readPackage(folder) {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

/** Packs `folder` into `target`: the tarball's path. */
function pack(folder, target) {
  const [{ filename }] = JSON.parse(npm(folder, "pack", "--json", "--ignore-scripts", "--pack-destination", target));
  return join(target, filename);
}

/** A copy of the platform's package with the addon in it. */
function stagePlatform(stage) {
  const source = join(here, "npm", platform);
  const addon = join(here, "build", "tatami.node");
  if (!existsSync(source)) throw new Error(`native: there is no package for ${platform} under packages/native/npm`);
  if (!existsSync(addon)) throw new Error("native: there is no addon to pack, run `npm run build:native`");
  const folder = join(stage, platform);
  cpSync(source, folder, { recursive: true });
  for (const name of ["tatami.node", "compiler.json"]) copyFileSync(join(here, "build", name), join(folder, name));
  return folder;
}

/** A copy of tatamijs-native that names the platforms' packages: here they would have to be published first. */
function stageMain(stage) {
  const folder = join(stage, "main");
  mkdirSync(folder);
  cpSync(join(here, "dist"), join(folder, "dist"), { recursive: true });
  const manifest = readPackage(here);
  manifest.optionalDependencies = { [`tatamijs-native-${platform}`]: manifest.version };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  return folder;
}

function packAll(target) {
  const stage = mkdtempSync(join(tmpdir(), "tatami-pack-"));
  try {
    mkdirSync(target, { recursive: true });
    return [join(here, "../tatami"), stageMain(stage), stagePlatform(stage)].map((folder) => pack(folder, target));
  } finally {
    rmSync(stage, { recursive: true });
  }
}

function tryInstall() {
  const project = mkdtempSync(join(tmpdir(), "tatami-try-"));
  try {
    const tarballs = packAll(project);
    writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }\n');
    npm(project, "install", "--ignore-scripts", "--offline", "--no-audit", "--no-fund", ...tarballs);
    writeFileSync(join(project, "step.js"), step);
    const result = JSON.parse(execFileSync(process.execPath, ["step.js"], { cwd: project, encoding: "utf8" }));
    const installed = join("node_modules", `tatamijs-native-${platform}`, "tatami.node");
    if (result.name !== "native" || !result.file.endsWith(installed) || !(result.last < result.first)) {
      throw new Error(`native: the packed step went wrong, got ${JSON.stringify(result)}`);
    }
    return `packed, installed and run: ${result.isa}, loss ${result.first.toFixed(3)} to ${result.last.toFixed(3)}`;
  } finally {
    rmSync(project, { recursive: true });
  }
}

const [argument] = process.argv.slice(2);
if (argument === undefined) throw new Error("pack: a folder is missing, expected pack.mjs FOLDER or pack.mjs --try");
const lines = argument === "--try" ? [tryInstall()] : packAll(resolve(argument));
process.stdout.write(`${lines.map((line) => `native: ${line}`).join("\n")}\n`);
