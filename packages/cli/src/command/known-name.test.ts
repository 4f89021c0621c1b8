import { expect, it } from "vitest";
import { known } from "./known-name.ts";
import { UsageError } from "./usage-error.ts";

it("known(kind, name, names) gives the name or suggests one", () => {
  expect(known("net", "mlp", ["mlp", "deep-conv"])).toBe("mlp");
  expect(() => known("net", "mpl", ["deep-conv", "mlp"])).toThrow(
    new UsageError('unknown net "mpl", did you mean mlp? (expected one of deep-conv, mlp)'),
  );
});
