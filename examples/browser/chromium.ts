// Finds a Chromium for the tests, and installs Debian's where that is possible: Playwright's own are a separate download.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const find = (): string | undefined => places.find((path) => existsSync(path));

/**
 * The path of a Chromium, or why there is none.
 * @throws Error instead of the reason where TATAMI_SKIP_NOTHING is set, as in CI
 */
export function findChromium(): { path: string } | { missing: string } {
  let path = find();
  const mayInstall = process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
  if (path === undefined && mayInstall) {
    spawnSync("apt-get", ["update", "-qq"]);
    spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
    path = find();
  }
  if (path !== undefined) return { path };
  const tried = mayInstall ? "apt-get could not install it" : "installing it takes Debian and root";
  const missing = `no Chromium in ${places.join(", ")}, and ${tried}`;
  if (process.env.TATAMI_SKIP_NOTHING) throw new Error(`${missing}, expected one`);
  return { missing };
}

/** For a page that talks to this machine only. */
export const chromiumFlags = [
  "--headless",
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
