// Numbers, times and shares as people read them. A number and its unit never part: the space between
// them does not break.

const NBSP = "\u00a0";
export const UNKNOWN = "–";

const known = (value: number | null | undefined): value is number => value != null && Number.isFinite(value);

// One for each count of digits: making one takes longer than the rest of a row of the page.
const formats: Intl.NumberFormat[] = [];
const formatOf = (digits: number) =>
  (formats[digits] ??= new Intl.NumberFormat("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits }));

export function num(value: number | null | undefined, digits = 0): string {
  if (!known(value)) return UNKNOWN;
  const text = formatOf(digits).format(Math.abs(value));
  return value < 0 && /[1-9]/.test(text) ? `−${text}` : text;
}

/** One digit behind the point below ten, none from there on. */
export const small = (value: number | null | undefined): string => num(value, known(value) && value > 0 && value < 10 ? 1 : 0);

/** 46.6 k from ten thousand on. */
export function compact(value: number | null | undefined): string {
  if (!known(value)) return UNKNOWN;
  if (value >= 1e9) return `${num(value / 1e9, 1)}${NBSP}G`;
  if (value >= 1e6) return `${num(value / 1e6, 1)}${NBSP}M`;
  return value >= 1e4 ? `${num(value / 1e3, 1)}${NBSP}k` : small(value);
}

export function millis(value: number | null | undefined): string {
  if (!known(value)) return UNKNOWN;
  if (value >= 10_000) return `${num(value / 1000)}${NBSP}s`;
  if (value >= 1000) return `${num(value / 1000, 1)}${NBSP}s`;
  if (value >= 10 || value === 0) return `${num(value)}${NBSP}ms`;
  return value < 0.095 ? `${num(value * 1000)}${NBSP}µs` : `${num(value, 1)}${NBSP}ms`;
}

/** A share, from 0 to 1. */
export function percent(share: number | null | undefined): string {
  if (!known(share)) return UNKNOWN;
  if (share > 0 && share < 0.0005) return `<${NBSP}0.1${NBSP}%`;
  if (share >= 0.9995) return `${num(share * 100)}${NBSP}%`;
  const digits = share !== 0 && (share < 0.1 || share >= 0.99) ? 1 : 0;
  return `${num(share * 100, digits)}${NBSP}%`;
}

export function bytes(value: number | null | undefined): string {
  if (!known(value)) return UNKNOWN;
  if (value < 1024) return `${num(value)}${NBSP}B`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let size = value / 1024;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    ++unit;
  }
  return `${num(size, size < 10 ? 1 : 0)}${NBSP}${units[unit]}`;
}

const two = (value: number) => String(value).padStart(2, "0");

/** 14:03:59, of this machine's clock. */
export function clock(unixMs: number): string {
  const time = new Date(unixMs);
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

/** 2 h 37 min; the two largest units. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole}${NBSP}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}${NBSP}min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours}${NBSP}h${NBSP}${minutes % 60}${NBSP}min`;
  return `${Math.floor(hours / 24)}${NBSP}d${NBSP}${hours % 24}${NBSP}h`;
}

export function ago(seconds: number): string {
  if (seconds < 1) return "now";
  if (seconds < 90) return `${Math.round(seconds)}${NBSP}s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)}${NBSP}min ago`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)}${NBSP}h ago`;
  return `${Math.round(seconds / 86_400)}${NBSP}d ago`;
}

/** "1 worker", "3 workers". */
export const count = (value: number, one: string, many = `${one}s`): string =>
  `${num(value)}${NBSP}${value === 1 ? one : many}`;
