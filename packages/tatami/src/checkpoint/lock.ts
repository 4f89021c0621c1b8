// One run a folder: a file names the process that has it. What a killed process left is recognised and taken over.
import { DataError } from "../shape/errors.ts";
import { isObject } from "./json.ts";
import { codeOf, type NodeModules, nodeModules } from "./node-modules.ts";

const lockName = "lock";

interface Holder {
  readonly host: string;
  readonly pid: number;
  /** tells processes apart that were given the same number one after the other; null where the system does not say */
  readonly started: string | null;
}

export interface Lock {
  release(): Promise<void>;
}

/** @throws DataError where a live process holds the folder */
export async function lockFolder(directory: string, modules: NodeModules): Promise<Lock> {
  const { fs, path, os, crypto } = modules;
  const file = path.join(directory, lockName);
  const beside = path.join(directory, `.${lockName}.${crypto.randomUUID().slice(0, 8)}.part`);
  const self: Holder = { host: os.hostname(), pid: process.pid, started: await startOf(process.pid, fs) };
  const text = `${JSON.stringify({ ...self, mark: crypto.randomUUID() })}\n`;
  await fs.writeFile(beside, text, { flag: "wx" });
  try {
    // others who find the same leftover may be quicker
    for (let attempt = 0; attempt < 10; attempt++) {
      if (await created(file, beside, text, fs)) return { release: () => release(file, text, fs) };
      const found = await fs.readFile(file, "utf8").catch(() => null);
      if (found === null) continue;
      const holder = holderOf(found);
      if (holder !== null && (await isLive(holder, self.host, fs))) throw held(directory, file, holder, self.host);
      await takeAway(file, found, `${beside}.old`, fs);
    }
  } finally {
    await fs.rm(beside, { force: true });
  }
  throw new DataError(
    `checkpoint: ${directory} is fought over, got a lock that others keep taking, expected one run`,
    directory,
  );
}

/** Whether a live process has the folder; of another machine that is taken to be so. */
export async function isLocked(directory: string): Promise<boolean> {
  return (await liveHolder(directory)) !== null;
}

/** @throws DataError where a live process holds the folder; takes nothing itself */
export async function expectUnlocked(directory: string): Promise<void> {
  const holder = await liveHolder(directory);
  if (holder === null) return;
  const { path, os } = await nodeModules();
  throw held(directory, path.join(directory, lockName), holder, os.hostname());
}

async function liveHolder(directory: string): Promise<Holder | null> {
  const { fs, path, os } = await nodeModules();
  const text = await fs.readFile(path.join(directory, lockName), "utf8").catch(() => "");
  const holder = holderOf(text);
  return holder !== null && (await isLive(holder, os.hostname(), fs)) ? holder : null;
}

/** A link appears with all of its content, or not at all; file systems without links get a new file. */
async function created(file: string, beside: string, text: string, fs: NodeModules["fs"]): Promise<boolean> {
  try {
    await fs.link(beside, file);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
  }
  try {
    await fs.writeFile(file, text, { flag: "wx" });
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** Moves a leftover away. Somebody may have replaced it since it was read: that one is put back. */
async function takeAway(file: string, found: string, old: string, fs: NodeModules["fs"]): Promise<void> {
  try {
    await fs.rename(file, old);
  } catch {
    return;
  }
  if ((await fs.readFile(old, "utf8")) !== found) await fs.link(old, file).catch(() => undefined);
  await fs.rm(old, { force: true });
}

async function release(file: string, text: string, fs: NodeModules["fs"]): Promise<void> {
  const found = await fs.readFile(file, "utf8").catch(() => null);
  if (found === text) await fs.rm(file, { force: true });
}

/** Null for what no run has written to the end. */
function holderOf(text: string): Holder | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(parsed)) return null;
  const { host, pid, started } = parsed;
  if (typeof host !== "string" || !Number.isSafeInteger(pid) || (pid as number) < 1) return null;
  return { host, pid: pid as number, started: typeof started === "string" ? started : null };
}

/** Of another machine nothing is known: it is taken to be live. */
async function isLive({ host, pid, started }: Holder, here: string, fs: NodeModules["fs"]): Promise<boolean> {
  if (host !== here) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: there is one, of another user
    if (codeOf(error) === "ESRCH") return false;
  }
  return started === null || (await startOf(pid, fs)) === started;
}

/** When a process began, as Linux has it (boot and clock ticks since); null elsewhere, or where it is dead. */
async function startOf(pid: number, fs: NodeModules["fs"]): Promise<string | null> {
  try {
    const boot = await fs.readFile("/proc/sys/kernel/random/boot_id", "utf8");
    const stat = await fs.readFile(`/proc/${pid}/stat`, "utf8");
    // the name in parentheses may hold anything; state is the third field, the start the twenty-second
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? null : `${boot.trim()} ${fields[19]}`;
  } catch {
    return null;
  }
}

function held(directory: string, file: string, { host, pid }: Holder, here: string): DataError {
  const advice =
    host === here
      ? "wait for it, stop it, or use another folder"
      : `if that machine no longer trains there, delete ${file}`;
  return new DataError(
    `checkpoint: ${directory} belongs to a run that goes on, got process ${pid} on ${host}, expected none; ${advice}`,
    directory,
  );
}
