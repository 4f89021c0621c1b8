// Which columns of a Parquet file hold the images and the labels: by their names, by what Hugging Face says of them, or as
// they are asked for.
import { type ParquetFault, parquetFaults } from "./fault.ts";
import type { Footer, ParquetColumn } from "./footer.ts";
import { type Feature, featuresOf } from "./hugging-face.ts";

export interface ColumnOptions {
  /** the column of images; default "image", "img" or the only one that is said to hold images */
  image?: string | undefined;
  /** the column of labels; default "label" or the only one that is said to hold classes */
  label?: string | undefined;
}

export interface ChosenColumn {
  readonly name: string;
  /** place among the footer's columns */
  readonly index: number;
  readonly column: ParquetColumn;
}

export interface ChosenColumns {
  readonly image: ChosenColumn;
  readonly label: ChosenColumn;
  /** [K], null where the file names none */
  readonly classNames: readonly string[] | null;
}

/** @throws DataError where there are none, several, or of a type that is neither */
export function chooseColumns(footer: Footer, options: ColumnOptions, source: string): ChosenColumns {
  const fault = parquetFaults(source);
  const features = featuresOf(footer.texts.get("huggingface"));
  const choice = { footer, features, fault };
  const image = chosen("images", options.image, ["image", "img"], "Image", choice, isImageColumn);
  const label = chosen("labels", options.label, ["label"], "ClassLabel", choice, isLabelColumn);
  return { image, label, classNames: features.get(label.name)?.classNames ?? null };
}

function isImageColumn({ path, type, lists }: ParquetColumn): boolean {
  if (type === "INT96" || type === "BOOLEAN") return false;
  if (type === "BYTE_ARRAY" || type === "FIXED_LEN_BYTE_ARRAY") {
    return lists === 0 && (path.length === 1 || (path.length === 2 && path[1] === "bytes"));
  }
  return lists > 0;
}

function isLabelColumn({ path, type, lists }: ParquetColumn): boolean {
  return path.length === 1 && lists === 0 && (type === "INT32" || type === "INT64" || type === "BOOLEAN");
}

function chosen(
  what: "images" | "labels",
  asked: string | undefined,
  usual: readonly string[],
  kind: string,
  { footer, features, fault }: { footer: Footer; features: ReadonlyMap<string, Feature>; fault: ParquetFault },
  fits: (column: ParquetColumn) => boolean,
): ChosenColumn {
  const names = [...new Set(footer.columns.map(({ path }) => path[0]!))];
  const said = names.filter((name) => features.get(name)?.kind === kind);
  const name =
    asked ?? usual.find((candidate) => names.includes(candidate)) ?? (said.length === 1 ? said[0] : undefined);
  const there = `columns ${names.join(", ")}`;
  if (name === undefined || !names.includes(name)) {
    const expected = name ?? (said.length > 1 ? `one of ${said.join(", ")} to be named` : usual.join(" or "));
    throw fault(`has no column of ${what}`, there, expected);
  }
  const columns = footer.columns
    .map((column, index) => ({ name, index, column }))
    .filter(({ column }) => column.path[0] === name);
  const fitting = columns.filter(({ column }) => fits(column));
  if (fitting.length !== 1) {
    const got = columns.map(({ column }) => `${column.type} ${column.path.join(".")}`).join(", ");
    const expected = what === "images" ? "bytes, {bytes, path} or lists of numbers" : "whole numbers";
    throw fault(`has ${what} of another type`, got, expected);
  }
  return fitting[0]!;
}
