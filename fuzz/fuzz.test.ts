// A short run of every reader; npm run fuzz makes long ones.
import { describe, expect, it } from "vitest";
import { fuzz } from "./cases.ts";
import { type ReaderName, readers } from "./readers.ts";

describe("fuzz(reader, seed, range)", () => {
  it.each(Object.keys(readers) as ReaderName[])(
    "ends every one of 2,000 cases of %s in success or a DataError",
    async (name) => {
      const { failures, accepted, refused } = await fuzz(name, 1, [0, 2_000]);
      expect(failures.map(({ index, error }) => `case ${index}: ${String(error)}`)).toEqual([]);
      // it does both: otherwise the cases would be too tame or too wild
      expect(accepted).toBeGreaterThan(20);
      expect(refused).toBeGreaterThan(1_000);
    },
  );
});
