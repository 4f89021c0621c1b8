// What stands for granted-cores.ts in a bundle for browsers. package.json's "browser" says so.
export function grantedCores(): number {
  return (globalThis as { navigator?: { hardwareConcurrency?: number } }).navigator?.hardwareConcurrency ?? 1;
}
