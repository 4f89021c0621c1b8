// The header of an NPY file: the literal of a Python dictionary of three keys. Not a reader of Python: no other expression
// is understood, and nothing is evaluated.
import type { Fault } from "./file-fault.ts";

export interface NpyDictionaryContent {
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** bytes from the beginning of the file to the values */
  readonly places: { readonly descr: number; readonly shape: number };
}

/** Any more would be no array of NumPy's, which stops at 64. */
const maximumAxes = 64;

export class NpyDictionary {
  readonly #text: string;
  readonly #begin: number;
  readonly #fault: Fault;
  #position = 0;

  /**
   * @param bytes the dictionary and the blanks that fill it up, beginning at `begin` in the file
   * @param version 3 is in UTF-8, those before it in Latin-1; what is wanted of them is ASCII
   */
  constructor(bytes: Uint8Array, begin: number, version: number, fault: Fault) {
    this.#text = new TextDecoder(version === 3 ? "utf-8" : "latin1").decode(bytes);
    this.#begin = begin;
    this.#fault = fault;
  }

  /** @throws DataError unless it is a dictionary of descr, fortran_order and shape, each once, and nothing else */
  read(): NpyDictionaryContent {
    let descr: string | undefined;
    let fortranOrder: boolean | undefined;
    let shape: number[] | undefined;
    const places = { descr: 0, shape: 0 };
    this.#expect(/\{/y, '"{"');
    while (!this.#take(/\}/y)) {
      const place = this.#position;
      const key = this.#string("one of the keys descr, fortran_order, shape");
      this.#expect(/:/y, '":"');
      this.#skipBlanks();
      const value = this.#begin + this.#position;
      if (key === "descr" && descr === undefined) {
        places.descr = value;
        descr = this.#string('the name of a dtype such as "<f4"; structures are not read');
      } else if (key === "fortran_order" && fortranOrder === undefined) {
        fortranOrder = this.#expect(/True|False/y, "True or False") === "True";
      } else if (key === "shape" && shape === undefined) {
        places.shape = value;
        shape = this.#tuple();
      } else {
        this.#position = place;
        throw this.#unexpected("the keys descr, fortran_order and shape, each once");
      }
      if (!this.#take(/,/y)) {
        this.#expect(/\}/y, '"," or "}"');
        break;
      }
    }
    if (descr === undefined || fortranOrder === undefined || shape === undefined) {
      throw this.#unexpected("the keys descr, fortran_order and shape");
    }
    this.#skipBlanks();
    if (this.#position < this.#text.length) throw this.#unexpected("nothing but blanks after the dictionary");
    return { descr, fortranOrder, shape, places };
  }

  #string(expected: string): string {
    return this.#expect(/'[^'\\\n]{1,32}'|"[^"\\\n]{1,32}"/y, expected).slice(1, -1);
  }

  #tuple(): number[] {
    const shape: number[] = [];
    this.#expect(/\(/y, "a tuple of sizes");
    while (!this.#take(/\)/y)) {
      // Python 2 wrote 3L
      shape.push(Number.parseInt(this.#expect(/\d{1,20}L?/y, "a size of at least 0"), 10));
      if (shape.length > maximumAxes) throw this.#unexpected(`at most ${maximumAxes} axes`);
      if (this.#take(/,/y)) continue;
      // (3) is a number to Python, no tuple
      if (shape.length === 1) throw this.#unexpected('","');
      this.#expect(/\)/y, '"," or ")"');
      break;
    }
    return shape;
  }

  /** The next token, blanks before it skipped, if it is this one. */
  #take(token: RegExp): string | undefined {
    this.#skipBlanks();
    token.lastIndex = this.#position;
    const found = token.exec(this.#text)?.[0];
    this.#position += found?.length ?? 0;
    return found;
  }

  #skipBlanks(): void {
    while (" \t\r\n".includes(this.#text[this.#position] ?? "x")) this.#position++;
  }

  #expect(token: RegExp, expected: string): string {
    const found = this.#take(token);
    if (found === undefined) throw this.#unexpected(expected);
    return found;
  }

  #unexpected(expected: string): Error {
    const rest = this.#text.slice(this.#position, this.#position + 24).trim();
    const got = rest === "" ? "its end" : JSON.stringify(rest);
    return this.#fault("has a damaged header", this.#begin + this.#position, got, expected);
  }
}
