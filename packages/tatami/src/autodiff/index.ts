// The public names of autodiff/.
export { type GradientsOptions, gradients } from "./gradients.ts";
