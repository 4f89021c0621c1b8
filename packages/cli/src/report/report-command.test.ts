// `tatami course report` as a person runs it, in processes of its own; it has to be built before.
import { execFile, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it, vi } from "vitest";

// processes start slowly on a busy machine
vi.setConfig({ testTimeout: 60_000 });

const command = fileURLToPath(new URL("../../bin/tatami.js", import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tatami-report-"));
});
afterAll(() => rm(folder, { recursive: true }));

interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function tatami(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [command, "course", "report", ...args],
      { maxBuffer: 1e8 },
      (_error, stdout, stderr) => resolve({ exitCode: child.exitCode, stdout, stderr }),
    );
  });
}

it("course report writes the page and a table of what each plot shows, and the second time runs nothing", async () => {
  const out = join(folder, "first");
  const asked = ["--ids", "norm-balls,im2col", "--quick", "--backend", "wasm", "--out", out];
  const first = await tatami(...asked);
  expect({ exitCode: first.exitCode, stdout: first.stdout }).toEqual({
    exitCode: 0,
    stdout: `${join(out, "report.html")}\n`,
  });
  expect(first.stderr).toMatch(/^norm-balls +2 run, .* s\nim2col +6 run, .* s\n.* 4 of 4 published outcomes inside\n$/);

  const page = await readFile(join(out, "report.html"), "utf8");
  expect(page).not.toMatch(/https?:\/\//);
  const linked = [...page.matchAll(/href="(data\/[^"]+)"/g)].map(([, file]) => file);
  expect(linked).toHaveLength(4);
  for (const file of linked) expect((await stat(join(out, file))).size).toBeGreaterThan(100);
  // the circle's touching point is as far from the origin as its radius
  const csv = await readFile(join(out, "data", "norm-balls-corner-where-norm-balls-touch-the-loss.csv"), "utf8");
  const touching = csv.split("\n").filter((line) => line.startsWith("touching points,"));
  const [, x, y] = touching[2].split(",").map(Number);
  expect(Math.hypot(x, y)).toBeCloseTo(1, 5);
  expect(await readFile(join(out, "data", "outcomes.csv"), "utf8")).toContain("im2col,try-1,rows,8,8,8,1,8,inside\n");

  const second = await tatami(...asked);
  expect(second.stderr).toMatch(/^norm-balls +2 from the cache\nim2col +6 from the cache\n/);
  expect(await readFile(join(out, "report.html"), "utf8")).toBe(page);
});

it("course report stops on SIGINT with a page of what is done, and goes on", async () => {
  const out = join(folder, "stopped");
  const args = ["course", "report", "--ids", "norm-balls,2_4", "--seeds", "1..20", "--backend", "wasm", "--out", out];
  const child = spawn(process.execPath, [command, ...args]);
  const exited = new Promise((resolve) => child.on("exit", resolve));
  let told = "";
  child.stderr.on("data", (chunk) => {
    told += chunk;
    // the next exercise has begun
    if (told.includes("norm-balls")) setTimeout(() => child.kill("SIGINT"), 1500);
  });
  expect(await exited).toBe(130);
  expect(told).toContain("stopped before it was done, the same command goes on");
  expect(await readFile(join(out, "report.html"), "utf8")).toContain("Not complete: ");
  expect((await readdir(out)).sort()).toEqual(["cache", "data", "report.html"]);
  const again = await tatami("--ids", "norm-balls", "--seeds", "1..20", "--backend", "wasm", "--out", out);
  expect(again.stderr).toMatch(/^norm-balls +40 from the cache\n/);
});

it.each([
  [["--ids", "2_1,norm-bals", "--out", "x"], "course: unknown exercise, got norm-bals, did you mean norm-balls?"],
  [["--seeds", "3..1", "--out", "x"], "--seeds is out of range, got 3..1"],
  [["--quick"], "required option '--out <directory>'"],
  [["--quik", "--out", "x"], "unknown option '--quik', did you mean --quick?"],
])("course report %j is refused before anything runs", async (args, message) => {
  const { exitCode, stdout, stderr } = await tatami(...args);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  expect(stderr).toContain(message);
  expect(stderr.trim().split("\n")).toHaveLength(1);
});
