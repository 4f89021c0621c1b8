import { expect, it } from "vitest";
import { ReferenceBackend } from "../backend/reference/index.ts";
import { BackendError, OptionError } from "../shape/errors.ts";
import { type BackendOptions, backend, backendNames, registerBackend, setBackend } from "./device.ts";

it("registerBackend(name, load, { preferred }) puts it before those registered earlier", () => {
  const load = async () => new ReferenceBackend();
  registerBackend("plain", load);
  registerBackend("better", load, { preferred: true });
  expect(backendNames()).toEqual(["better", "plain"]);
});

it("setBackend(name, { threads }) tells the loader, which is called once", async () => {
  const told: BackendOptions[] = [];
  registerBackend("threaded", async (options) => {
    told.push(options);
    return new ReferenceBackend();
  });
  setBackend("threaded", { threads: 3 });
  await backend();
  setBackend("threaded");
  setBackend("threaded", { threads: 3 });
  await backend("threaded");
  expect(told).toEqual([{ threads: 3 }]);
  expect(() => setBackend("threaded", { threads: 2 })).toThrow(
    new BackendError(
      "setBackend: threaded is loaded already, got threads 2, expected 3: choose before the first computation",
      "threaded",
    ),
  );
});

it("setBackend(name, { threads }) may be asked again after loading failed", async () => {
  const told: BackendOptions[] = [];
  registerBackend("hungry", async (options) => {
    told.push(options);
    if (options.threads === 9) throw new BackendError("hungry: too many threads, got 9, expected at most 4", "hungry");
    return new ReferenceBackend();
  });
  setBackend("hungry", { threads: 9 });
  await expect(backend()).rejects.toThrow("too many threads");
  setBackend("hungry", { threads: 4 });
  await backend();
  expect(told).toEqual([{ threads: 9 }, { threads: 4 }]);
});

it.each([0, -1, 1.5, Number.NaN])("setBackend(name, { threads: %s }) is refused", (threads) => {
  registerBackend("plain", async () => new ReferenceBackend());
  expect(() => setBackend("plain", { threads })).toThrow(OptionError);
});

it("setBackend(name) of an unknown name lists those that are known", () => {
  expect(() => setBackend("cuda")).toThrow(/^setBackend: unknown backend, got cuda, expected better or plain/);
});
