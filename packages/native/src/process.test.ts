// The addon in whole processes: threads of Node, ends in the middle of a run, and files that are not the addon. A crash
// would end the tests, so these run apart.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { nativeStatus } from "./status.ts";
import { printed } from "./test-processes.ts";

const { available, file, reason } = nativeStatus();

const compute = `
  const { tensor, backend } = await import("tatamijs");
  const x = tensor(new Float32Array(512 * 512).fill(1), [512, 512]);
  let y = x;
  for (let i = 0; i < COUNT; i++) y = y.matmul(x).mul(1 / 512);
`;
const printSum = `console.log((await backend()).name, await y.mean().item());`;

function script(count: number, ...parts: readonly string[]): string {
  return `import "tatamijs-native/register"; ${compute.replace("COUNT", String(count))} ${parts.join("\n")}`;
}

describe.skipIf(!available)(`a process with the addon (${reason ?? "native"})`, () => {
  it("import of tatamijs-native/register makes native the backend, and the process ends by itself", async () => {
    expect(await printed(script(3, printSum))).toBe("native 1");
  });

  it("process.exit() in the middle of a run ends it", async () => {
    const end = `y.data().then(() => {}); setTimeout(() => { console.log("out"); process.exit(0); }, 50);`;
    expect(await printed(script(40, end))).toBe("out");
  });

  const workers = (body: string): string => `
    import { Worker } from "node:worker_threads";
    const code = ${JSON.stringify(script(6, `const { parentPort } = await import("node:worker_threads");`, body))};
    const source = new URL("data:text/javascript," + encodeURIComponent(code.replaceAll(/import\\("([^"]+)"\\)|import "([^"]+)"/g,
      (all, a, b) => (a ?? b).startsWith("node:") ? all : a ? 'import("' + import.meta.resolve(a) + '")' : 'import "' + import.meta.resolve(b) + '"')));
  `;

  it("workers run programs at the same time, and end", async () => {
    const body = `parentPort.postMessage((await backend()).name + (await y.mean().item()));`;
    const main = `
      const one = () => new Promise((resolve, reject) => new Worker(source).on("message", resolve).on("error", reject));
      console.log((await Promise.all([one(), one(), one()])).join(" "));
    `;
    expect(await printed(workers(body) + main)).toBe("native1 native1 native1");
  });

  it("terminate() of a worker in the middle of a run waits for the run and frees its memory", async () => {
    const body = `
      const held = (await backend()).allocate(2 ** 26);
      (await backend()).floats(held).fill(1);
      const run = y.data();
      parentPort.postMessage("running");
      await run;
    `;
    const main = `
      const one = () => new Promise((resolve, reject) => {
        const worker = new Worker(source);
        worker.on("error", reject).on("message", () => setTimeout(async () => resolve(await worker.terminate()), 2));
      });
      await one();
      const before = process.memoryUsage().rss;
      for (let i = 0; i < 8; i++) await one();
      console.log(process.memoryUsage().rss - before < 2 ** 28);
    `;
    expect(await printed(workers(body) + main)).toBe("true");
  });

  it("TATAMI_ISA of another processor leaves WebAssembly, with one line that says why", async () => {
    const status = `const { nativeStatus } = await import("tatamijs-native"); console.log(nativeStatus().reason);`;
    const lines = await printed(script(3, printSum, status), { TATAMI_ISA: "altivec" });
    expect(lines).toMatch(/^wasm 1\nnative: this processor lacks the instruction set, got altivec, expected [^\n]*$/);
  });
});

describe.skipIf(!available)(`a file that is not the addon (${reason ?? "native"})`, () => {
  const folder = mkdtempSync(join(tmpdir(), "tatami-native-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  const good = available ? readFileSync(file!) : Buffer.alloc(0);
  const patched = (change: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.from(good);
    if (available) change(bytes);
    return bytes;
  };
  const files: [string, Buffer, RegExp][] = [
    ["an empty file", Buffer.alloc(0), /is truncated to 0 bytes/],
    ["a text", Buffer.from("not a program\n".repeat(20)), /is no shared object of a 64-bit system/],
    ["the first half", good.subarray(0, good.length / 2), /is truncated to \d+ of \d+ bytes/],
    ["all but the last byte", good.subarray(0, good.length - 1), /is truncated to \d+ of \d+ bytes/],
    ["another processor's", patched((bytes) => bytes.writeUInt16LE(0xf3, 18)), /is not for (x64|arm64)/],
    [
      "one for another kernel table",
      patched((bytes) => bytes.write("0", bytes.indexOf("tatamijs-native ") + 16)),
      /was built for another version of Tatami/,
    ],
    [
      "one whose code segments are gone",
      patched((bytes) => bytes.fill(0, 64, 1024)),
      /the system does not load .*, got /,
    ],
  ];

  it.each(files)("%s is refused in one line", async (title, bytes, expected) => {
    const path = join(folder, `${title.replaceAll(/\W/g, "-")}.node`);
    writeFileSync(path, bytes);
    const lines = await printed(
      `import { nativeStatus } from "tatamijs-native"; console.log(nativeStatus({ file: ${JSON.stringify(path)} }).reason);`,
    );
    expect(lines).toMatch(expected);
    expect(lines).not.toContain("\n");
  });

  it("a missing file is refused in one line that says how to make it", () => {
    const { reason: missing } = nativeStatus({ file: join(folder, "missing.node") });
    expect(missing).toBe(
      `native: there is no addon, got no file at ${join(folder, "missing.node")}, ` +
        "expected `npm run build` with a C compiler to make it",
    );
  });
});
