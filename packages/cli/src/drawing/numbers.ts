// Numbers as people read them.

/** 12,345 */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** A share in [0, 1] the way the course writes it: .961, or 1.000. */
export function share(value: number): string {
  return value.toFixed(3).replace(/^0\./, ".");
}

/** Time that was measured: 9.41 s, 12.3 s, 3 min 5 s. */
export function duration(seconds: number): string {
  return seconds < 59.95 ? `${seconds.toPrecision(3)} s` : countdown(seconds);
}

/** Time that is left, in whole seconds: 9 s, 3 min 5 s. */
export function countdown(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** Milliseconds of a step: .417, 9.84, 39.1, 412. */
export function milliseconds(value: number): string {
  return value >= 100 ? grouped(value) : value.toPrecision(3).replace(/^0\./, ".");
}
