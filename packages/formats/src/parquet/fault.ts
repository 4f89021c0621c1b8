// The one form of a complaint about a Parquet file.
import { type ImageFault, imageFaults } from "../image.ts";

export type ParquetFault = ImageFault;

export const parquetFaults = (source: string): ParquetFault => imageFaults("parquet", source);
