// The part of onnxruntime that tests use.

export interface Session {
  run(feeds: Record<string, unknown>): Promise<Record<string, { dims: readonly number[]; data: Float32Array }>>;
  release(): Promise<void>;
}

export interface Runtime {
  readonly InferenceSession: { create(model: Uint8Array): Promise<Session> };
  readonly Tensor: new (type: string, values: Float32Array, shape: readonly number[]) => unknown;
}

/**
 * Null, and a line that says so, where bench/ is not installed.
 * @throws Error instead of that line where TATAMI_SKIP_NOTHING is set, as in CI
 */
export function findRuntime(): Runtime | null;
