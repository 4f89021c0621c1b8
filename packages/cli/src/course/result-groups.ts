// The results of a run as they are shown: what belongs to one plot, group of histograms or of images together, where its first
// part was yielded.
import type { Confusion, Histogram, Image, Plot, Result, Surface } from "tatamijs-course/frame";

export type ResultGroup =
  | { readonly kind: "plot"; readonly plot: Plot; readonly surface: Surface | undefined }
  | { readonly kind: "histograms"; readonly title: string; readonly histograms: readonly Histogram[] }
  | { readonly kind: "images"; readonly title: string; readonly images: readonly Image[] }
  | { readonly kind: "confusion"; readonly confusion: Confusion }
  | { readonly kind: "single"; readonly result: Single };

/** What stands alone. */
export type Single = Exclude<Result, { kind: "series" | "surface" | "histogram" | "image" | "confusion" | "progress" }>;

export function resultGroups(results: readonly Result[]): ResultGroup[] {
  const done = new Set<string>();
  return results.flatMap((result): ResultGroup[] => {
    const key = keyOf(result);
    if (key !== null) {
      if (done.has(key)) return [];
      done.add(key);
    }
    const members = key === null ? [] : results.filter((other) => keyOf(other) === key);
    switch (result.kind) {
      case "progress":
        return [];
      case "series":
      case "surface": {
        const surface = members.find((member) => member.kind === "surface");
        // a surface alone has nothing on it
        return members.every(({ kind }) => kind === "surface") ? [] : [{ kind: "plot", plot: result.plot, surface }];
      }
      case "histogram": {
        const histograms = members.filter((member) => member.kind === "histogram");
        return [{ kind: "histograms", title: result.title, histograms }];
      }
      case "image": {
        const images = members.filter((member) => member.kind === "image");
        return [{ kind: "images", title: result.group ?? result.title, images }];
      }
      case "confusion":
        return [{ kind: "confusion", confusion: result }];
      default:
        return [{ kind: "single", result }];
    }
  });
}

function keyOf(result: Result): string | null {
  switch (result.kind) {
    case "series":
    case "surface":
      return `plot ${result.plot.title}`;
    case "histogram":
      return `histograms ${result.title}`;
    case "image":
      return `images ${result.group ?? result.title}`;
    default:
      return null;
  }
}
