import { expect, it } from "vitest";
import { countdown, duration, grouped, milliseconds, share } from "./numbers.ts";

it("numbers are written as people read them", () => {
  expect(grouped(1234567.8)).toBe("1,234,568");
  expect([share(0.961), share(1), share(0), share(0.9996)]).toEqual([".961", "1.000", ".000", "1.000"]);
  expect([duration(0.5123), duration(9.412), duration(12.34), duration(184.2)]).toEqual([
    "0.512 s",
    "9.41 s",
    "12.3 s",
    "3 min 5 s",
  ]);
  expect([duration(59.94), duration(59.96)]).toEqual(["59.9 s", "1 min 0 s"]);
  expect([countdown(0.2), countdown(60)]).toEqual(["1 s", "1 min 0 s"]);
  expect([milliseconds(0.4172), milliseconds(9.841), milliseconds(39.11), milliseconds(2412.4)]).toEqual([
    ".417",
    "9.84",
    "39.1",
    "2,412",
  ]);
});
