// Which backends there are and which one is current. Knows none of them: an entry point registers how to load each.
import type { Backend } from "../backend/backend.ts";
import { BackendError, OptionError } from "../shape/errors.ts";

/** What a backend can be told before it is loaded. */
export interface BackendOptions {
  /** at most so many threads, an integer ≥ 1; a backend may run fewer and says so as `threads`; default: its own choice */
  threads?: number | undefined;
}

export type BackendLoader = (options: BackendOptions) => Promise<Backend>;

/** in order of preference */
const names: string[] = [];
const loaders = new Map<string, BackendLoader>();
const wanted = new Map<string, BackendOptions>();
const loaded = new Map<string, Promise<Backend>>();
let chosen: string | undefined;

export interface RegisterOptions {
  /** whether it is better than those registered before; default false */
  preferred?: boolean | undefined;
}

/** Makes a backend known by name; until `setBackend` chooses one, the most preferred one is current. */
export function registerBackend(name: string, load: BackendLoader, { preferred = false }: RegisterOptions = {}): void {
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
 * @throws BackendError for an unknown name, and for another number of threads than it was loaded for: programs that are
 * compiled hold on to the backend they were compiled for
 * @throws OptionError for threads below 1
 */
export function setBackend(name: string, options: BackendOptions = {}): void {
  if (!loaders.has(name)) {
    throw new BackendError(`setBackend: unknown backend, got ${name}, expected ${backendNames().join(" or ")}`, name);
  }
  const { threads } = options;
  if (threads !== undefined) {
    if (!Number.isInteger(threads) || threads < 1) {
      throw new OptionError(
        `setBackend: threads is out of range, got ${threads}, expected an integer of at least 1`,
        "threads",
        threads,
      );
    }
    const before = wanted.get(name)?.threads;
    if (loaded.has(name) && threads !== before) {
      throw new BackendError(
        `setBackend: ${name} is loaded already, got threads ${threads}, expected ${before ?? "none"}: choose before the first computation`,
        name,
      );
    }
    wanted.set(name, { threads });
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
    promise = load(wanted.get(name) ?? {});
    loaded.set(name, promise);
    promise.catch(() => loaded.delete(name));
  }
  return promise;
}
