// The public names of autodiff/.
export { gradients } from "./gradients.ts";
