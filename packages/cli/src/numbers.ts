// Numbers as people read them.

/** 12,345 */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** A share in [0, 1] the way the course writes it: .961, or 1.000. */
export function share(value: number): string {
  return value.toFixed(3).replace(/^0\./, ".");
}

/** 9.41 s, 12.3 s, 3 min 5 s */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
