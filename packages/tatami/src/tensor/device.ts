// Which backends there are and which one is current. Knows none of them: an entry point registers how to load each.
import type { Backend } from "../backend/backend.ts";
import { BackendError } from "../shape/errors.ts";

/** in order of preference */
const names: string[] = [];
const loaders = new Map<string, () => Promise<Backend>>();
const loaded = new Map<string, Promise<Backend>>();
let chosen: string | undefined;

export interface RegisterOptions {
  /** whether it is better than those registered before; default false */
  preferred?: boolean | undefined;
}

/** Makes a backend known by name; until `setBackend` chooses one, the most preferred one is current. */
export function registerBackend(
  name: string,
  load: () => Promise<Backend>,
  { preferred = false }: RegisterOptions = {},
): void {
  loaders.set(name, load);
  if (names.includes(name)) return;
  if (preferred) names.unshift(name);
  else names.push(name);
}

/** Every registered backend, the most preferred first. */
export function backendNames(): string[] {
  return [...names];
}

/**
 * Chooses where later computations run. Values move there when they are next used.
 * @param name one of backendNames()
 * @throws BackendError for an unknown name
 */
export function setBackend(name: string): void {
  if (!loaders.has(name)) {
    throw new BackendError(`setBackend: unknown backend, got ${name}, expected ${backendNames().join(" or ")}`, name);
  }
  chosen = name;
}

/** The backend `name` (default: the current one), loaded once. */
export function backend(name: string = chosen ?? names[0] ?? ""): Promise<Backend> {
  const load = loaders.get(name);
  if (load === undefined) {
    const known = backendNames().join(" or ");
    return Promise.reject(new BackendError(`backend: unknown backend, got ${name}, expected ${known}`, name));
  }
  let promise = loaded.get(name);
  if (promise === undefined) {
    promise = load();
    loaded.set(name, promise);
    promise.catch(() => loaded.delete(name));
  }
  return promise;
}
