import { describe, expect, it } from "vitest";
import { count, counts, positive, seed } from "./option-values.ts";
import { UsageError } from "./usage-error.ts";

describe("the values of options", () => {
  it.each([
    [count, "1", 1],
    [count, "12345", 12345],
    [seed, "0", 0],
    [seed, "4294967295", 4294967295],
    [positive, "1e-3", 0.001],
    [positive, ".5", 0.5],
    [counts, "40", [40]],
    [counts, "40,20,10", [40, 20, 10]],
  ])("%o of %j", (parse, text, value) => {
    expect(parse("--option")(text)).toEqual(value);
  });

  it.each([
    [count, "0", "an integer of at least 1"],
    [count, "-3", "an integer of at least 1"],
    [count, "2.5", "an integer of at least 1"],
    [count, "1e3", "an integer of at least 1"],
    [count, "ten", "an integer of at least 1"],
    [seed, "-1", "an integer from 0 to 4294967295"],
    [seed, "4294967296", "an integer from 0 to 4294967295"],
    [positive, "0", "a number above 0"],
    [positive, "-1", "a number above 0"],
    [positive, "Infinity", "a number above 0"],
    [positive, "fast", "a number above 0"],
    [counts, "40,0", "integers of at least 1 with commas between, such as 40,20"],
    [counts, "40,", "integers of at least 1 with commas between, such as 40,20"],
  ])("%o refuses %j", (parse, text, expected) => {
    expect(() => parse("--option")(text)).toThrow(
      new UsageError(`--option is out of range, got ${text}, expected ${expected}`),
    );
  });

  it("count('--option') refuses an empty text", () => {
    expect(() => count("--option")("")).toThrow("got nothing");
  });
});
