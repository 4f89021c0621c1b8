import pc from "picocolors";
import { expect, it } from "vitest";
import { progressText } from "./progress-line.ts";

const colors = pc.createColors(false);
const progress = {
  iteration: 250,
  iterations: 1000,
  loss: 0.12345,
  testAccuracy: 0.9531,
  imagesPerSecond: 9841.2,
  secondsLeft: 11.2,
};

it("progressText(progress) shows everything where it fits", () => {
  expect(progressText(progress, { columns: 80, colors })).toBe(
    " ━━━───────── 250/1,000 · loss 0.123 · test .953 · 9,841 images/s · 12 s left",
  );
});

it("progressText(progress) leaves out what does not fit, and what is not known yet", () => {
  expect(progressText({ ...progress, testAccuracy: null }, { columns: 50, colors })).toBe(
    " ━━━───────── 250/1,000 · loss 0.123",
  );
});
