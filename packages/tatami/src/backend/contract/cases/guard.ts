// Cases of guard; what it keeps from happening is in programs.ts.
import type { ContractCases } from "../contract-case.ts";
import { constant, floats } from "../values.ts";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

export const guardCases: ContractCases<"guard"> = {
  guard: [
    {
      title: "goes on over finite numbers",
      call: { x: floats(0, -1, 3.4e38, 1e-45), count: 4, number: 4 },
      stoppedBy: -1,
    },
    { title: "stops at NaN", call: { x: floats(0, nan), count: 2, number: 4 }, stoppedBy: 4 },
    { title: "stops at infinity", call: { x: floats(infinity), count: 1, number: 4 }, stoppedBy: 4 },
    {
      title: "stops at -Infinity in the last of many",
      call: { x: lastOf(37, -infinity), count: 37, number: 4 },
      stoppedBy: 4,
    },
    {
      title: "looks at the first count numbers only",
      call: { x: floats(1, 2, nan), count: 2, number: 4 },
      stoppedBy: -1,
    },
    { title: "goes on over nothing", call: { x: floats(), count: 0, number: 4 }, stoppedBy: -1 },
  ],
};

function lastOf(length: number, value: number): Float32Array {
  const values = constant(length, 1);
  values[length - 1] = value;
  return values;
}
