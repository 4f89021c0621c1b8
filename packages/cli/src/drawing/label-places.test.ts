import { expect, it } from "vitest";
import { labelPlaces } from "./label-places.ts";

it.each([
  ["leaves what has room", [5, 1, 9], [5, 1, 9]],
  ["moves labels down, in the order of their curves", [3.2, 3.1, 3.3], [4.1, 3.1, 5.1]],
  ["moves them up from the last place", [9, 8.9, 8.8, 2], [9, 8, 7, 2]],
])("labelPlaces(wanted, 1, 9) %s", (_, wanted, expected) => {
  expect(labelPlaces(wanted, 1, 9).map((place) => Number(place.toFixed(6)))).toEqual(expected);
});
