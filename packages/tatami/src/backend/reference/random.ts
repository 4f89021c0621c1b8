// Random numbers by the convention of random/philox.ts.
import { fillNormal, fillUniform } from "../../random/philox.ts";
import type { Arguments } from "./arguments.ts";

export function random({ key, out, distribution, low, spread }: Arguments<"random">): void {
  if (distribution === 0) fillUniform(out, key, low, spread);
  else fillNormal(out, key, low, spread);
}

export function nextKey({ key, out }: Arguments<"nextKey">): void {
  out[0] = key[0];
  out[1] = key[1];
  out[2] = key[2] + 1;
}
