// Scripts that tests run in processes of their own: what they do at their end, or with a crash, would take the tests along.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** What the script prints; it fails unless the process ends by itself and well. */
export async function printed(script: string, environment: Record<string, string> = {}): Promise<string> {
  const options = { cwd: root, env: { ...process.env, ...environment }, timeout: 30_000 };
  const prefix = ["--input-type=module", "--eval"];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...prefix, script], options);
  expect(stderr).toBe("");
  return stdout.trim();
}
