// Test support: errors are compared in full, class and text, not by a part of the message.
import { expect } from "vitest";

type ErrorName = "ShapeError" | "DTypeError" | "OptionError";

/** For `expect(call).toThrow(refusal("ShapeError", "op: …"))`. */
export function refusal(name: ErrorName, message: string): Error {
  return expect.objectContaining({ name, message }) as Error;
}
