// The one form of a complaint about a Parquet file.
import { DataError } from "tatamijs/shape";

export type ParquetFault = (what: string, got: string, expected: string, cause?: unknown) => DataError;

export function parquetFaults(source: string): ParquetFault {
  return (what, got, expected, cause) =>
    new DataError(
      `parquet: ${source} ${what}, got ${got}, expected ${expected}`,
      source,
      cause === undefined ? undefined : { cause },
    );
}
