// The course's report as a browser shows it, on a wide screen and on a telephone: nothing wider than the screen, no text of a
// plot on another, in both languages and by light and dark. The command has to be built before.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { chromiumFlags, findChromium } from "./chromium.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

const found = findChromium();
if ("missing" in found) console.warn(`tests skipped: the report needs a browser, ${found.missing}`);

const command = fileURLToPath(new URL("../../packages/cli/bin/tatami.js", import.meta.url));

/** Runs in the page: texts of a plot that lie on each other or leave it, and what is wider than the screen. */
const faults = `(() => {
  const found = [];
  for (const details of document.querySelectorAll("details")) details.open = true;
  if (document.documentElement.scrollWidth > innerWidth) found.push("wider than the screen: " + document.documentElement.scrollWidth);
  for (const caption of document.querySelectorAll("caption>span")) {
    const { right } = caption.getBoundingClientRect();
    if (right > innerWidth) found.push("caption wider than the screen: " + caption.textContent);
  }
  for (const table of document.querySelectorAll("table.outcomes")) {
    const box = table.parentElement;
    if (box.scrollWidth > box.clientWidth) found.push("scrolls sideways: " + table.textContent);
  }
  for (const svg of document.querySelectorAll("svg")) {
    const frame = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll("text")]
      .map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0);
    const name = svg.getAttribute("aria-label");
    for (const [index, one] of texts.entries()) {
      const { left, right, top, bottom } = one.box;
      if (left < frame.left - 1 || right > frame.right + 1 || top < frame.top - 1 || bottom > frame.bottom + 1) {
        found.push(name + ": leaves the plot: " + one.text);
      }
      for (const other of texts.slice(index + 1)) {
        const wide = Math.min(right, other.box.right) - Math.max(left, other.box.left);
        const tall = Math.min(bottom, other.box.bottom) - Math.max(top, other.box.top);
        // boxes of lines have room above and below their letters
        if (wide > 1 && tall > 4) found.push(name + ": " + one.text + " on " + other.text);
      }
    }
  }
  return found;
})()`;

describe.skipIf("missing" in found)("report.html in a browser", () => {
  let folder: string;
  let browser: Browser;
  let address: string;

  beforeAll(async () => {
    folder = process.env.TATAMI_REPORT ?? mkdtempSync(join(tmpdir(), "tatami-report-"));
    if (process.env.TATAMI_REPORT === undefined) {
      const ids = ["--ids", "surfaces,norm-balls,vanishing,2_7"];
      execFileSync(process.execPath, [command, "course", "report", ...ids, "--quick", "--out", folder], {
        stdio: "ignore",
      });
    }
    address = pathToFileURL(join(folder, "report.html")).href;
    browser = await chromium.launch({ executablePath: (found as { path: string }).path, args: chromiumFlags });
  });

  afterAll(async () => {
    await browser?.close();
    if (process.env.TATAMI_REPORT === undefined) rmSync(folder, { recursive: true });
  });

  const open = async (width: number, lang: string, theme: string): Promise<{ page: Page; asked: string[] }> => {
    const page = await browser.newPage({ viewport: { width, height: 800 } });
    const asked: string[] = [];
    page.on("request", (request) => {
      if (!request.url().startsWith("data:")) asked.push(request.url());
    });
    await page.goto(`${address}?lang=${lang}&theme=${theme}`);
    return { page, asked };
  };

  const looks = [1280, 380].flatMap((width) =>
    ["en", "ja"].flatMap((lang) => ["light", "dark"].map((theme) => [width, lang, theme] as const)),
  );

  it.each(looks)("is %i wide in %s, %s: nothing overflows, no texts overlap", async (width, lang, theme) => {
    const { page } = await open(width, lang, theme);
    expect(await page.locator("section svg").count()).toBeGreaterThan(5);
    expect(await page.evaluate<string[]>(faults)).toEqual([]);
    await page.close();
  });

  it("asks for nothing but itself, and shows one language at a time", async () => {
    const { page, asked } = await open(1280, "ja", "dark");
    expect(asked).toHaveLength(1);
    expect(await page.title()).toContain("演習");
    const visible = (lang: string): Promise<number> =>
      page.evaluate<number>(
        `[...document.querySelectorAll('[lang="${lang}"]:not(html)')].filter((element) => element.getClientRects().length > 0).length`,
      );
    expect(await visible("en")).toBe(0);
    expect(await visible("ja")).toBeGreaterThan(20);
    await page.click("button[data-lang=en]");
    expect(await visible("ja")).toBe(0);
    expect(await page.title()).toContain("exercises");
    const paper = (): Promise<string> => page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    expect(await paper()).not.toBe("rgb(255, 255, 255)");
    await page.click("button[data-theme=light]");
    expect(await paper()).toBe("rgb(255, 255, 255)");
    await page.close();
  });

  it("can be read without scripts, in English", async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(address);
    expect(await page.locator("h2 [lang=en]").first().isVisible()).toBe(true);
    expect(await page.locator("h2 [lang=ja]").first().isVisible()).toBe(false);
    expect(await page.locator(".switches").isVisible()).toBe(false);
    await context.close();
  });
});
