import { afterEach, expect, it, vi } from "vitest";
import { interruptible } from "./interrupt.ts";

afterEach(() => vi.restoreAllMocks());

it("interruptible(work) aborts the signal at the first Ctrl-C and ends the process at the second", async () => {
  const before = process.listenerCount("SIGINT");
  const exit = vi.spyOn(process, "exit").mockReturnValue(undefined as never);
  const result = await interruptible(async (signal) => {
    expect(signal.aborted).toBe(false);
    process.emit("SIGINT");
    expect(signal.aborted).toBe(true);
    expect(exit).not.toHaveBeenCalled();
    process.emit("SIGINT");
    return "what there is";
  });
  expect(exit).toHaveBeenCalledWith(130);
  expect(result).toBe("what there is");
  expect(process.listenerCount("SIGINT")).toBe(before);
});

it("interruptible(work) leaves Ctrl-C alone again after a failure", async () => {
  const before = process.listenerCount("SIGINT");
  await expect(interruptible(() => Promise.reject(new Error("no data")))).rejects.toThrow("no data");
  expect(process.listenerCount("SIGINT")).toBe(before);
});
