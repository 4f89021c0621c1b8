// Compiles kernels/*.c, once for each instruction set of this machine's processor family, and the addon around them into
// build/tatami.node. Uses the C compiler that is there and nothing else; what has not changed is not compiled again.
//   --if-possible   where that fails, say so in one line and succeed: Tatami then runs on WebAssembly
//   --neon          only compile everything for aarch64, with a cross compiler or clang, and the waits of systems that are
//                   not Linux, and keep nothing
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
const kernels = join(here, "../../kernels");
const addon = join(here, "addon");
const output = join(here, "build");
const objects = join(output, "objects");

const avx2 = ["-mavx2", "-mfma"];
/** instruction sets by Node's name of the processor family; addon/choose.c knows the same */
const instructionSets = {
  x64: {
    sse: [],
    avx2,
    avx512: [...avx2, "-mavx512f", "-mavx512vl", "-mavx512dq", "-mavx512bw", "-mprefer-vector-width=512"],
  },
  arm64: { neon: [] },
};

const flags = [
  "-std=gnu11",
  "-O3",
  // a loop that begins in the middle of a cache line takes up to a fifth longer while another thread has half of the core
  "-falign-loops=64",
  "-fPIC",
  "-fvisibility=hidden",
  "-fno-math-errno",
  "-fno-trapping-math",
  "-Wall",
  "-Wextra",
  "-Wno-psabi",
  "-Werror=implicit-function-declaration",
];
/** Where the processor multiplies and adds in one instruction, it may: faster and closer to the exact sum. */
const fused = ["-ffp-contract=fast"];
/** Random numbers are the same words on every backend, so each operation rounds. */
const separate = ["-ffp-contract=off"];
const exactSources = ["random.c"];
/** Compiled once: one team of threads for all instruction sets. */
const sharedSources = ["team.c"];
/** A thread of the team sleeps in the addon's code, also when the last environment of Node that loaded it has ended. */
const linkerFlags = process.platform === "darwin" ? ["-undefined", "dynamic_lookup"] : ["-Wl,-z,nodelete", "-pthread"];

class CompilerError extends Error {}

/** what the kernels need of a compiler: GNU C vectors that can be shuffled (gcc 12, clang 9) */
const probe = `typedef float quad __attribute__((vector_size(16)));
quad swap(quad x) { return __builtin_shufflevector(x, x, 1, 0, 3, 2); }`;

/** The first compiler that can do it: { command, version }. */
async function findCompiler() {
  const refusals = [];
  mkdirSync(output, { recursive: true });
  const file = join(output, `probe-${process.pid}.c`);
  writeFileSync(file, probe);
  try {
    for (const command of [process.env.CC, "cc", "gcc", "clang"]) {
      if (!command) continue;
      try {
        const { stdout } = await run(command, ["--version"]);
        await run(command, ["-std=gnu11", "-fsyntax-only", file]);
        return { command, version: stdout.split("\n")[0] };
      } catch (error) {
        if (error.code !== "ENOENT") refusals.push(`${command} is too old for the kernels (gcc 12 or clang 9 do)`);
      }
    }
  } finally {
    rmSync(file, { force: true });
  }
  throw new CompilerError(refusals[0] ?? "there is no C compiler (Debian: apt-get install gcc libc6-dev)");
}

function digest(...parts) {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest("hex").slice(0, 16);
}

function sourcesIn(folder, ending) {
  const names = readdirSync(folder).filter((name) => name.endsWith(ending));
  return names.sort().map((name) => join(folder, name));
}

/** All headers: a change in any of them compiles everything again, which takes a quarter of a minute. */
function headersDigest() {
  const folders = [kernels, join(kernels, "generated"), addon];
  return digest(...folders.flatMap((folder) => sourcesIn(folder, ".h")).map((file) => readFileSync(file)));
}

async function execute(command, args) {
  try {
    await run(command, args, { cwd: here });
  } catch (error) {
    const reason = String(error.stderr ?? error.message);
    throw new CompilerError(reason.split("\n").find((line) => /error/i.test(line)) ?? reason.trim());
  }
}

/** Makes `file` by a command that writes to `-o`, unless it is there; half a file never has the name of a whole one. */
async function make(file, command, args) {
  if (existsSync(file)) return;
  const partial = `${file}.${process.pid}.tmp`;
  try {
    await execute(command, [...args, "-o", partial]);
    renameSync(partial, file);
  } finally {
    rmSync(partial, { force: true });
  }
}

/** Runs the jobs, as many at a time as there are processors; the results in order. */
async function inParallel(jobs) {
  const results = [];
  let next = 0;
  const worker = async () => {
    while (next < jobs.length) {
      const index = next++;
      results[index] = await jobs[index]();
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return results;
}

function compileJob(compiler, source, options, headers) {
  const key = digest(
    compiler.command,
    compiler.version,
    [...flags, ...options].join(" "),
    headers,
    readFileSync(source),
  );
  const object = join(objects, `${basename(source, ".c")}-${key}.o`);
  return async () => {
    await make(object, compiler.command, [...flags, ...options, "-c", source]);
    return object;
  };
}

function isShared(source) {
  return sharedSources.includes(basename(source));
}

function variantSources() {
  return [...sourcesIn(kernels, ".c").filter((source) => !isShared(source)), join(addon, "variant.c")];
}

function variantOptions(source, name, isaFlags) {
  const rounding = exactSources.includes(basename(source)) ? separate : fused;
  return [...isaFlags, ...rounding, `-DTATAMI_VARIANT=${name}`];
}

/** One object of all of a variant's, in which only the variant's own name is visible from outside. */
async function combine(compiler, name, parts) {
  const object = join(objects, `variant-${name}-${digest(...parts)}.o`);
  if (existsSync(object)) return object;
  const loose = `${object}.${process.pid}.loose.o`;
  try {
    await execute(compiler.command, ["-r", "-nostdlib", ...parts, "-o", loose]);
    // Apple's linker has made hidden names local already
    if (process.platform === "darwin") renameSync(loose, object);
    else {
      await execute("objcopy", ["--localize-hidden", loose]);
      renameSync(loose, object);
    }
  } finally {
    rmSync(loose, { force: true });
  }
  return object;
}

function nodeHeaders() {
  try {
    return createRequire(import.meta.url)("node-api-headers").include_dir;
  } catch {
    throw new CompilerError("the package node-api-headers is not installed (npm ci)");
  }
}

async function buildAddon() {
  const isas = process.platform === "win32" ? undefined : instructionSets[process.arch];
  if (isas === undefined) {
    throw new CompilerError(`it knows Linux and macOS on x64 and arm64, not ${process.platform} on ${process.arch}`);
  }
  const compiler = await findCompiler();
  mkdirSync(objects, { recursive: true });
  const headers = headersDigest();
  const names = Object.keys(isas);
  const variantJobs = names.flatMap((name) =>
    variantSources().map((source) => compileJob(compiler, source, variantOptions(source, name, isas[name]), headers)),
  );
  const shared = sourcesIn(kernels, ".c").filter(isShared);
  const addonSources = [...shared, ...sourcesIn(addon, ".c").filter((source) => basename(source) !== "variant.c")];
  const include = `-I${nodeHeaders()}`;
  const addonJobs = addonSources.map((source) => compileJob(compiler, source, [include], headers));
  const compiled = await inParallel([...variantJobs, ...addonJobs]);

  const perVariant = variantSources().length;
  const variants = [];
  for (const [index, name] of names.entries()) {
    variants.push(await combine(compiler, name, compiled.slice(index * perVariant, (index + 1) * perVariant)));
  }
  const all = [...variants, ...compiled.slice(names.length * perVariant)];
  await link(compiler, all);
  writeFileSync(join(output, "compiler.json"), `${JSON.stringify({ compiler: compiler.version })}\n`);
  removeOthers([...compiled, ...variants]);
  return { compiler, names };
}

/** Links into build/tatami.node, unless that is what these objects gave. */
async function link(compiler, parts) {
  const key = digest(...linkerFlags, ...parts);
  const [file, stamp] = [join(output, "tatami.node"), join(output, "linked")];
  if (existsSync(file) && existsSync(stamp) && readFileSync(stamp, "utf8") === key) return;
  rmSync(file, { force: true });
  await make(file, compiler.command, ["-shared", "-fPIC", "-s", ...linkerFlags, ...parts]);
  writeFileSync(stamp, key);
}

function removeOthers(kept) {
  for (const name of readdirSync(objects)) {
    if (name.endsWith(".o") && !kept.includes(join(objects, name))) rmSync(join(objects, name), { force: true });
  }
}

/** Compiles for aarch64 what needs no system header: kernels and variant. */
async function checkNeon() {
  const cross = ["aarch64-linux-gnu-gcc", []];
  const clang = ["clang", ["--target=aarch64-linux-gnu", "-ffreestanding"]];
  for (const [command, target] of [cross, clang]) {
    try {
      await run(command, ["--version"]);
    } catch {
      continue;
    }
    const file = join(output, `neon-${process.pid}`);
    mkdirSync(output, { recursive: true });
    try {
      await inParallel(
        [...variantSources(), ...sourcesIn(kernels, ".c").filter(isShared), join(addon, "choose.c")].map(
          (source) => async () => {
            const object = `${file}-${basename(source)}.o`;
            const options = variantOptions(source, "neon", instructionSets.arm64.neon);
            await execute(command, [...target, ...flags, ...options, "-Werror", "-c", source, "-o", object]);
            rmSync(object);
          },
        ),
      );
    } finally {
      for (const name of readdirSync(output)) if (name.startsWith(basename(file))) rmSync(join(output, name));
    }
    return report(`everything compiles for NEON with ${command}`);
  }
  report("NEON not checked, there is no aarch64-linux-gnu-gcc and no clang");
}

/** Compiles the waits of systems that are not Linux, which are POSIX: this one has them too. */
async function checkWaits() {
  const { command } = await findCompiler();
  const object = join(output, `wait-${process.pid}.o`);
  try {
    await execute(command, [...flags, "-Werror", "-U__linux__", "-c", join(addon, "wait.c"), "-o", object]);
  } finally {
    rmSync(object, { force: true });
  }
  report("the waits of other systems compile");
}

function report(line) {
  process.stdout.write(`native: ${line}\n`);
}

if (process.argv.includes("--neon")) {
  await checkNeon();
  await checkWaits();
} else {
  const start = performance.now();
  try {
    const { compiler, names } = await buildAddon();
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    report(`built for ${names.join(", ")} with ${compiler.version} in ${seconds} s`);
  } catch (error) {
    if (!(error instanceof CompilerError)) throw error;
    // an older one would run kernels that are no longer these
    rmSync(join(output, "tatami.node"), { force: true });
    report(`not built, ${error.message}; Tatami runs on WebAssembly, at about half the speed`);
    if (!process.argv.includes("--if-possible")) process.exitCode = 1;
  }
}
