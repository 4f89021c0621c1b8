import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { rules } from "./index.ts";

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
});
