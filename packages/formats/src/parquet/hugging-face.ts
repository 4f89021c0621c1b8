// What Hugging Face's `datasets` says of columns, as JSON under "huggingface" in the footer: names of classes, which columns
// are images, sizes of arrays. What is not understood is passed over: the columns themselves are what counts.
export interface Feature {
  /** such as Image, ClassLabel, Array3D */
  readonly kind: string;
  /** [K] */
  readonly classNames: readonly string[] | null;
}

export function featuresOf(text: string | undefined): ReadonlyMap<string, Feature> {
  const features = new Map<string, Feature>();
  let parsed: unknown = null;
  try {
    parsed = JSON.parse(text ?? "null");
  } catch {
    // the footer says nothing then
  }
  const entries = Object.entries(record(record(record(parsed).info).features));
  for (const [name, value] of entries) {
    const { _type: kind, names } = record(value);
    const classNames = Array.isArray(names) && names.every((name) => typeof name === "string") ? names : null;
    features.set(name, { kind: typeof kind === "string" ? kind : "", classNames });
  }
  return features;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
