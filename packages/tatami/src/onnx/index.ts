// The public names of onnx/: networks for other runtimes. Not part of `tatamijs` itself, so that a page does not load them.
/** @module tatamijs/onnx */
import "../devices.ts";
import "../tensor/methods.ts";

export { type LoadedOnnx, type LoadOnnxOptions, loadOnnx } from "./load-onnx.ts";
export { layersOf } from "./chain-layers.ts";
export { OnnxModel } from "./onnx-model.ts";
export { type OnnxConstant, type OnnxContent, type OnnxNode, type OnnxValue, readOnnx } from "./read-onnx.ts";
export { type OnnxOptions, type RewriteOptions, saveOnnx, writeOnnx } from "./write-onnx.ts";
