// For tests: the command as a person has it, in a process of its own. It has to be built before.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

export const commandFile = fileURLToPath(new URL("../../bin/tatami.js", import.meta.url));

export interface Ended {
  /** null where a signal ended it */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandProcessOptions {
  cwd?: string;
  /** what it finds at its standard input; default nothing */
  input?: Uint8Array;
  /** a module, as text, that runs before the command; default none */
  before?: string;
  /** beside this process's own */
  environment?: Readonly<Record<string, string>>;
}

export function commandProcess(args: readonly string[], options: CommandProcessOptions = {}): Promise<Ended> {
  const { cwd, input, before = "", environment } = options;
  const preload = before === "" ? [] : ["--import", `data:text/javascript,${encodeURIComponent(before)}`];
  const env = { ...process.env, ...environment };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...preload, commandFile, ...args], { cwd, env }, (_, stdout, stderr) => {
      resolve({ exitCode: child.exitCode, stdout, stderr });
    });
    child.stdin?.end(input);
  });
}
