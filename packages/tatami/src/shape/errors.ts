// The errors Tatami throws on purpose, one small class per kind of mistake, each carrying what it found as fields.
// Messages read `op: what is wrong, got X, expected Y`. A broken invariant is a plain Error starting `internal:`.

/** Shapes that do not fit the operation. `shapes` are the ones that were checked. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";
  readonly shapes: readonly (readonly number[])[];

  constructor(message: string, ...shapes: readonly (readonly number[])[]) {
    super(message);
    this.shapes = shapes;
  }
}

/** A dtype that the operation does not take. */
export class DTypeError extends Error {
  override readonly name = "DTypeError";
  readonly dtypes: readonly string[];

  constructor(message: string, ...dtypes: readonly string[]) {
    super(message);
    this.dtypes = dtypes;
  }
}

/** An option or argument outside its range; `option` names it and `value` is what was given. */
export class OptionError extends Error {
  override readonly name = "OptionError";
  readonly option: string;
  readonly value: unknown;

  constructor(message: string, option: string, value: unknown) {
    super(message);
    this.option = option;
    this.value = value;
  }
}

/** Data (a file, an array) that is missing, damaged or not what it claims to be. `source` says where it came from. */
export class DataError extends Error {
  override readonly name = "DataError";
  readonly source: string;

  constructor(message: string, source: string, options?: ErrorOptions) {
    super(message, options);
    this.source = source;
  }
}

/** A backend that cannot be loaded or cannot go on (out of memory, missing file). */
export class BackendError extends Error {
  override readonly name = "BackendError";
  readonly backend: string;

  constructor(message: string, backend: string, options?: ErrorOptions) {
    super(message, options);
    this.backend = backend;
  }
}
