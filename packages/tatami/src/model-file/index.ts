// The public names of model-file/: models in files, with their architecture or weights alone.
/** @module tatamijs/model-file */
import "../devices.ts";
import "../tensor/methods.ts";

export {
  type LoadedModel,
  type LoadOptions,
  load,
  type Preprocessing,
  type SaveOptions,
  save,
  writeModel,
} from "./model-file.ts";
export { type LoadWeightsOptions, loadWeights, saveWeights, weightsOf } from "./weights.ts";
