// All operators that networks are made of, by name; those of other domains than ONNX's own with it in front.
import { elementwiseRules } from "./elementwise.ts";
import { movementRules } from "./movement.ts";
import { normalizationRules } from "./normalizations.ts";
import { reductionRules } from "./reductions.ts";
import type { Rule } from "./rule.ts";
import { scikitLearnRules } from "./scikit-learn.ts";
import { windowRules } from "./windows.ts";

export type { Rule } from "./rule.ts";

export const rules: ReadonlyMap<string, Rule> = new Map(
  Object.entries({
    ...elementwiseRules,
    ...movementRules,
    ...windowRules,
    ...normalizationRules,
    ...reductionRules,
    ...scikitLearnRules,
  }),
);
