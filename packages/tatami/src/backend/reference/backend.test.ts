import { describe, expect, it } from "vitest";
import { BackendError } from "../../shape/errors.ts";
import { ReferenceBackend } from "./backend.ts";

describe("new ReferenceBackend()", () => {
  it("is named reference and runs on one thread", () => {
    const backend = new ReferenceBackend();
    expect([backend.name, backend.threads]).toEqual(["reference", 1]);
  });
});

describe("allocate(bytes)", () => {
  it("gives zeros, seen as floats or as ints", () => {
    const backend = new ReferenceBackend();
    const buffer = backend.allocate(8);
    expect([...backend.floats(buffer)]).toEqual([0, 0]);
    backend.floats(buffer)[1] = 1;
    expect([...backend.ints(buffer)]).toEqual([0, 0x3f800000]);
  });

  it("says how much was asked for when memory runs out", () => {
    const request = (): unknown => new ReferenceBackend().allocate(2 ** 52);
    expect(request).toThrow(BackendError);
    expect(request).toThrow(`allocate: out of memory, got a request for ${2 ** 52} bytes`);
  });
});
