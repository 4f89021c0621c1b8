// Where a storage's values are: on the host, in the memory of one or more backends, and which of these are up to date.
// Buffers keep their place for a storage's whole life, because loaded programs point at them.
import { type Backend, type BackendBuffer, upload } from "../backend/backend.ts";
import type { Storage } from "../graph/storage.ts";
import { elementBytes, type TypedArray } from "../shape/dtype.ts";
import { sizeOf } from "../shape/shape.ts";

/** A storage's buffer on one backend. */
export interface Residence {
  readonly backend: Backend;
  readonly buffer: BackendBuffer;
  /** whether the buffer holds the storage's present value */
  valid: boolean;
}

const residences = new WeakMap<Storage, Residence[]>();

/** Buffers go when nobody holds the storage any more. */
const collected = new FinalizationRegistry<Residence[]>((list) => {
  for (const { backend, buffer } of list) backend.free(buffer);
  list.length = 0;
});

/** The storage's place on `backend`, made at first use. Call `refresh` before reading it there. */
export function residenceOf(storage: Storage, backend: Backend): Residence {
  let list = residences.get(storage);
  if (list === undefined) {
    list = [];
    residences.set(storage, list);
    collected.register(storage, list);
  }
  let residence = list.find((candidate) => candidate.backend === backend);
  if (residence === undefined) {
    residence = { backend, buffer: backend.allocate(sizeOf(storage.shape) * elementBytes), valid: false };
    list.push(residence);
  }
  return residence;
}

/** Brings the present value into the buffer. */
export function refresh(storage: Storage, residence: Residence): void {
  if (residence.valid) return;
  upload(residence.backend, residence.buffer, hostValues(storage));
  residence.valid = true;
}

/** Notes that a program has written the buffer: every other copy is old now. */
export function written(storage: Storage, residence: Residence): void {
  storage.host = null;
  for (const other of residences.get(storage)!) other.valid = other === residence;
}

/** The present values on the host; not a copy. */
export function hostValues(storage: Storage): TypedArray {
  if (storage.host === null) {
    const { backend, buffer } = residences.get(storage)!.find((residence) => residence.valid)!;
    storage.host = storage.dtype === "float32" ? backend.floats(buffer).slice() : backend.ints(buffer).slice();
  }
  return storage.host;
}

/** Replaces the values; buffers follow at their next use. */
export function setHostValues(storage: Storage, values: TypedArray): void {
  storage.host = values;
  for (const residence of residences.get(storage) ?? []) residence.valid = false;
}

/** Frees the storage's buffers now; the host copy stays. */
export function evict(storage: Storage): void {
  const list = residences.get(storage);
  if (list === undefined) return;
  hostValues(storage);
  for (const { backend, buffer } of list) backend.free(buffer);
  list.length = 0;
}
