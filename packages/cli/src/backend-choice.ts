// Which backend runs, and why that one.
import { backend, backendNames } from "tatamijs";

export interface BackendChoice {
  readonly name: string;
  /** for people */
  readonly why: string;
}

/**
 * The backend asked for, else the fastest that loads.
 * @throws BackendError when it, or none, can be loaded
 */
export async function chooseBackend(wanted: string | undefined): Promise<BackendChoice> {
  if (wanted !== undefined) {
    await backend(wanted);
    return { name: wanted, why: "asked for with --backend" };
  }
  const failures: string[] = [];
  const names = backendNames();
  for (const name of names) {
    try {
      await backend(name);
      return { name, why: failures.length === 0 ? `the fastest of ${names.join(", ")}` : failures.join("; ") };
    } catch (error) {
      if (name === names.at(-1)) throw error;
      failures.push(`${name} cannot be used: ${(error as Error).message}`);
    }
  }
  throw new Error("internal: chooseBackend: no backend is registered");
}
