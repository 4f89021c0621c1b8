import { expect, it } from "vitest";
import { seriesStyles } from "./series-style.ts";

it("seriesStyles(names) gives what has a role the same look in every plot", () => {
  const [a, b] = [seriesStyles(["training", "test"]), seriesStyles(["loss", "test", "something"])];
  expect(a.get("test")).toEqual(b.get("test"));
  expect(seriesStyles(["sgd", "adam"]).get("adam")!.color).toBe(
    seriesStyles(["bn-adam", "bn-momentum"]).get("bn-adam")!.color,
  );
});

it("seriesStyles(names) colours by the part of a name that differs first, dashes by the second", () => {
  const names = ["none", "batch"].flatMap((norm) => [2, 8].map((size) => `${norm}, batches of ${size}, test`));
  const styles = names.map((name) => seriesStyles(names).get(name)!);
  expect(styles[0].color).toBe(styles[1].color);
  expect(styles[0].color).not.toBe(styles[2].color);
  expect(styles[0].dash).toBe(styles[2].dash);
  expect(styles[0].dash).not.toBe(styles[1].dash);
  expect(styles[0].marker).not.toBe(styles[1].marker);
});

it("seriesStyles(names) tells all of them apart without colour", () => {
  const names = Array.from({ length: 12 }, (_, index) => `thing ${index}`);
  const styles = [...seriesStyles(names).values()];
  expect(new Set(styles.map(({ dash, marker }) => `${dash} ${marker}`)).size).toBe(12);
});
