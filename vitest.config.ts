// Unit tests stand beside the sources; dist/ holds their compiled twins and is left alone.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/*/src/**/*.test.ts", "examples/**/*.test.ts", "fuzz/**/*.test.ts", "kernels/**/*.test.ts"],
    globalSetup: "packages/native/src/test-setup.ts",
    testTimeout: 60_000,
    maxWorkers: 2,
  },
});
