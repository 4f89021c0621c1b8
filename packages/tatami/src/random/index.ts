// The public names of random/: explicit, counter-based random numbers.
export { Random, type RandomState, streamOf } from "./random.ts";
