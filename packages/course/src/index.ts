// The course: exercises, networks and questions of the day, as definitions.
/** @module tatamijs-course */
export * from "./exercises/index.ts";
export * from "./frame/index.ts";
export * from "./nets/index.ts";
export * from "./quiz/index.ts";
