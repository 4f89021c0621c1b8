// Finding and loading the addon (packages/native/addon): the build in this folder, else the prebuilt package of this
// platform. What the addon's functions do stands in its C sources.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { tableDigest } from "tatamijs/program";
import { BackendError } from "tatamijs/shape";
import { refusalOf } from "./object-file.ts";

export interface Addon {
  readonly mark: string;
  /** names of the instruction sets that run here, the fastest first */
  variants(): string[];
  /** FLOP a second of multiply-adds in registers */
  peak(variant: number, iterations: number): number;
  /**
   * Makes the process's team of threads large enough: how many of those wanted there are.
   * @param cores how many run at the same time
   */
  threads(wanted: number, cores: number): number;
  allocate(bytes: number): ArrayBuffer | null;
  address(buffer: ArrayBuffer): number;
  release(buffer: ArrayBuffer): void;
  /**
   * @param longest milliseconds that a run may block the event loop
   * @param threads how many it may take, the one that runs it among them
   */
  load(words: ArrayBuffer, variant: number, longest: number, threads: number): number;
  unload(program: number): void;
  /** -1, a guard's number, or `takesLong` where nothing has run */
  run(program: number): number;
  start(program: number): Promise<number>;
}

export const takesLong = -2;

const mark = `tatamijs-native ${tableDigest}`;
const name = "native";
const built = fileURLToPath(new URL("../build/tatami.node", import.meta.url));
const loaded = new Map<string, Addon>();

function fail(message: string, cause?: unknown): never {
  throw new BackendError(`native: ${message}`, name, { cause });
}

/** The files to try, the nearest first. */
function candidates(): string[] {
  const require = createRequire(import.meta.url);
  const published = `tatamijs-native-${process.platform}-${process.arch}/tatami.node`;
  try {
    return [built, require.resolve(published)];
  } catch {
    return [built];
  }
}

function readAddon(file: string): Uint8Array | null {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    return fail(`the addon cannot be read, got ${(error as Error).message}, expected ${file}`, error);
  }
}

function open(file: string, bytes: Uint8Array): Addon {
  const refusal = refusalOf(bytes, mark);
  if (refusal !== null) fail(`${file} ${refusal}, expected what \`npm run build\` makes on this machine`);
  const module = { exports: {} as Addon };
  try {
    process.dlopen(module, file);
  } catch (cause) {
    fail(`the system does not load ${file}, got ${(cause as Error).message}`, cause);
  }
  if (module.exports.mark !== mark) fail(`${file} is another addon, got ${module.exports.mark}, expected ${mark}`);
  return module.exports;
}

/**
 * @param file default: where the build or the platform's package puts it
 * @throws BackendError when there is none, or one that does not run here
 */
export function loadAddon(file?: string): { readonly addon: Addon; readonly file: string } {
  const files = file === undefined ? candidates() : [file];
  for (const candidate of files) {
    const known = loaded.get(candidate);
    if (known !== undefined) return { addon: known, file: candidate };
    const bytes = readAddon(candidate);
    if (bytes === null) continue;
    const addon = open(candidate, bytes);
    loaded.set(candidate, addon);
    return { addon, file: candidate };
  }
  return fail(
    `there is no addon, got no file at ${files.join(" or ")}, expected \`npm run build\` with a C compiler to make it`,
  );
}
