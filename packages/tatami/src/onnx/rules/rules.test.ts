// Each operator against the cases by which ONNX says what it means (fixtures/generate-onnx.py).
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { tensor } from "../../ops/index.ts";
import { loadOnnx } from "../index.ts";
import { rules } from "./index.ts";

interface Case {
  readonly name: string;
  /** base64 */
  readonly model: string;
  readonly input: { readonly shape: number[]; readonly values: number[] };
  readonly output: { readonly shape: number[]; readonly values: number[] };
}

const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL("../../../fixtures/onnx/operators.json", import.meta.url), "utf8"),
);

/** What loadOnnx says it does not do, by case; each is refused. */
const refused: readonly RegExp[] = [
  /^arg(max|min)_.*select_last_index$/,
  /^(averagepool|maxpool)_.*dilations/,
  /^maxpool_with_argmax/,
  /^(averagepool|maxpool|convtranspose)_3d/,
  // of constants alone
  /^(ceil|floor|reduce_prod)/,
];

/** Says what it does in training; loadOnnx evaluates. */
const training = /^batchnorm_.*training_mode$|^training_dropout/;

describe("rules", () => {
  it("are those of docs/onnx.md, no more and no less", () => {
    const page = readFileSync(new URL("../../../../../docs/onnx.md", import.meta.url), "utf8");
    const rows = page.split("\n").filter((line) => /^\| [A-Za-z.]+ \|/.test(line));
    const listed = rows.flatMap((row) => {
      const [, family, list] = row.split("|").map((cell) => cell.trim());
      const names = list!.replaceAll(/\([^)]*\)/g, "").split(",");
      return names.map((name) => (family === "ai.onnx.ml" ? `ai.onnx.ml.${name.trim()}` : name.trim()));
    });
    expect(listed.sort()).toEqual([...rules.keys(), "Constant"].sort());
  });

  it.each(cases.filter(({ name }) => !training.test(name)).map((found) => [found.name, found] as const))(
    "give what ONNX's own case %s says, or refuse it",
    async (name, { model: bytes, input, output }) => {
      const load = loadOnnx(Buffer.from(bytes, "base64"));
      if (refused.some((pattern) => pattern.test(name))) {
        await expect(load).rejects.toThrow(/not supported|no constant|do(es)? not fit together/);
        return;
      }
      const { model } = await load;
      const y = model.call(tensor(input.values, input.shape));
      expect(y.shape).toEqual(output.shape);
      const found = await y.data({ backend: "reference" });
      const scale = Math.max(1, ...output.values.map(Math.abs));
      // some cases state four digits
      const worst = Math.max(0, ...output.values.map((value, index) => Math.abs(value - found[index]!)));
      expect(worst / scale).toBeLessThan(name.endsWith("last_window_starts_on_pad") ? 1e-4 : 1e-5);
    },
  );
});
