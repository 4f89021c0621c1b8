// The public names of training/: what shows of a trained network besides the exercises' own results.
export { type Mistake, mistakesOf } from "./mistakes.ts";
