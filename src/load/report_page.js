// Draws the report from its JSON: charts as SVG of the width at hand, tables, how it was made. Text
// of others goes through esc() before it is HTML.
"use strict";
const report = JSON.parse(document.getElementById("report").textContent);
const run = report.run;
const page = document.getElementById("page");

// ---- Figures as people read them. A number and its unit never part.
const NB = "\u00a0";
const esc = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const num = (value, digits = 0) =>
  value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
const rate = (value) => num(value, value > 0 && value < 100 && Math.abs(value - Math.round(value)) >= 0.05 ? 1 : 0);
const three = (value) => num(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
function time(seconds) {
  const ms = seconds * 1000;
  if (ms > 0 && ms < 0.05) return `<${NB}0.1${NB}ms`;
  if (ms >= 999.5) return three(seconds) + NB + "s";
  return num(ms, ms < 9.95 && ms > 0 ? 1 : 0) + NB + "ms";
}
function chosen(seconds) {
  if (seconds < 1) return Number((seconds * 1000).toPrecision(6)) + NB + "ms";
  if (seconds >= 3600 && seconds % 3600 === 0) return seconds / 3600 + NB + "h";
  return seconds >= 60 && seconds % 60 === 0 ? seconds / 60 + NB + "min" : Number(seconds.toPrecision(6)) + NB + "s";
}
function share(part, whole) {
  if (!part || !whole) return `0${NB}%`;
  const percent = (100 * part) / whole;
  if (percent >= 100) return `100${NB}%`;
  if (percent < 0.1) return `<${NB}0.1${NB}%`;
  if (percent > 99.99) return `>${NB}99.99${NB}%`;
  if (percent > 99.9) return num(Math.floor(percent * 100) / 100, 2) + NB + "%";
  return num(percent, percent < 10 || percent > 99 ? 1 : 0) + NB + "%";
}
const two = (value) => String(value).padStart(2, "0");
function clock(seconds) {
  const whole = Math.floor(seconds + 1e-6);
  const rest = `${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return whole >= 3600 ? `${Math.floor(whole / 3600)}:${rest}` : rest.replace(/^0/, "");
}
const big = (text) => text.replace(/^(.*)\u00a0(\D+)$/, "$1<small>$2</small>");

// ---- What became of the requests. Refusing under overload is the product at work, so it is amber
// and hatched; red is a promise that was broken.
const wrong = (of) => of.ok - of.good - of.late;
const FATES = [
  { key: "good", name: report.deadline_seconds ? "in time" : "answered", of: (s) => s.good },
  { key: "late", name: "late", of: (s) => s.late },
  { key: "wrong", name: "wrong vectors", of: wrong },
  { key: "failed", name: "failed", of: (s) => s.failed },
  { key: "refused", name: "refused", of: (s) => s.refused },
  { key: "cancelled", name: "cancelled", of: (s) => s.cancelled },
];
const FATES_SHOWN = FATES.filter((fate) => fate.of(report) > 0 || ["good", "late", "failed", "refused"].includes(fate.key));
const unsent = Math.max(0, report.offered - report.sent);

const HATCHES = { wrong: ["bad-fill", "bad-bg", -45], failed: ["bad-fill", "bad-bg", 45], refused: ["refuse", "refuse-bg", 45],
  cancelled: ["wait", "wait-bg", 90], silent: ["wait", "panel", 45],
  patient: ["wait", "wait-bg", 45], bulk: ["wait", "wait-bg", 0] };
const PLAIN = { good: "good-fill", late: "bad-fill", urgent: "inference", done: "good-fill", unsent: "sunken" };
const fill = (key) => (HATCHES[key] ? `url(#hatch-${key})` : `var(--${PLAIN[key]})`);
const patterns = `<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs>${Object.entries(HATCHES).map(([key, [fore, back, turn]]) =>
  `<pattern id="hatch-${key}" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(${turn})"><rect width="5" height="5" fill="var(--${back})"/><rect width="1.6" height="5" fill="var(--${fore})"/></pattern>`).join("")}</defs></svg>`;
const swatch = (key) => `<svg class="swatch" viewBox="0 0 14 10" aria-hidden="true"><rect width="14" height="10" rx="2" fill="${fill(key)}"/>${
  key === "good" || key === "done" ? '<rect width="14" height="2" fill="var(--accent)"/>' : ""}</svg>`;
const stroke = (colour, width = 2, dash = "") => `<svg class="swatch" viewBox="0 0 14 10" aria-hidden="true"><path d="M0 5h14" stroke="var(--${colour})" stroke-width="${width}" stroke-dasharray="${dash}"/></svg>`;

// ---- Seconds, several in one where there are more than a chart can show.
const ENDED = report.duration_seconds;  // nothing was sent after it
const rows = report.per_second;
// Every run ends with a moment of answers alone; only a long one is worth its place.
const SPAN = rows.length > Math.ceil(ENDED) + 1 ? rows.length : Math.max(ENDED, 1e-3);
function binned(most) {
  const count = Math.ceil(SPAN);
  const size = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600].find((s) => count / s <= most) || Math.ceil(count / most);
  const bins = [];
  for (let first = 0; first < count; first += size) {
    const part = rows.slice(first, Math.min(first + size, count));
    const end = Math.min(first + part.length, SPAN);
    const sum = (of) => part.reduce((total, row) => total + of(row), 0);
    const times = part.map((row) => row.latency_seconds).filter(Boolean);
    // The seconds in which requests were sent; answers alone come after them.
    const length = first < ENDED ? Math.min(end, ENDED) - first : end - first;
    bins.push({ first, end, middle: (first + end) / 2, sends: first < ENDED, length, sum,
      rate: (of) => sum(of) / Math.max(length, 1e-3),
      worst: (name) => (times.length ? Math.max(...times.map((t) => t[name])) : null) });
  }
  return { bins, size };
}

// ---- Scales and axes.
const nice = (steps, least) => {
  const power = 10 ** Math.floor(Math.log10(least));
  return (steps.find((step) => step * power >= least * 0.9999) || 10) * power;
};
function linear(greatest) {
  const top = greatest > 0 ? greatest * 1.06 : 1;
  const step = nice([1, 2, 2.5, 5, 10], top / 5);
  const high = Math.ceil(top / step - 1e-9) * step;
  const ticks = [];
  for (let i = 0; i * step <= high * 1.0001; ++i) ticks.push(i * step);
  const digits = [0, 1, 2, 3].find((d) => Math.abs(step * 10 ** d - Math.round(step * 10 ** d)) < 1e-6) ?? 4;
  return { low: 0, high, ticks: ticks.map((value) => [value, num(value, digits)]), at: (v) => v / high };
}
function logarithmic(least, greatest) {
  const floor = (v) => { const p = 10 ** Math.floor(Math.log10(v)); return [5, 2, 1].map((m) => m * p).find((x) => x <= v * 1.0001); };
  const low = floor(Math.max(least, 1e-5) * 0.9), high = nice([1, 2, 5, 10], Math.max(greatest * 1.12, low * 4));
  const decades = Math.log10(high / low), ticks = [];
  for (let p = Math.floor(Math.log10(low)); p <= Math.log10(high) + 1e-9; ++p) {
    for (const m of decades > 2.6 ? [1] : decades > 1.8 ? [1, 5] : [1, 2, 5]) {
      const value = m * 10 ** p;
      if (value >= low * 0.999 && value <= high * 1.001) ticks.push(value);
    }
  }
  const text = (v) => (v >= 0.9999 ? num(v, v < 10 && v % 1 > 0.01 ? 1 : 0) + NB + "s" : num(v * 1000, v < 0.00099 ? 2 : 0) + NB + "ms");
  return { low, high, ticks: ticks.map((v) => [v, text(v)]), at: (v) => Math.log(Math.max(v, low) / low) / Math.log(high / low) };
}
const F = (value) => value.toFixed(1);

// ---- One chart: a frame with axes, in which the caller draws.
let look = { width: 1000, narrow: false, print: false };
function frame(height, scale, top = 14, bottom = 24) {
  const left = look.narrow ? 44 : 56, right = look.narrow ? 6 : 104;
  const base = height - bottom, wide = look.width - left - right;
  const f = { height, left, top, base, wide, edge: left + wide, scale,
    y: (v) => base - (base - top) * scale.at(v), x: (seconds) => left + (wide * seconds) / SPAN };
  f.grid = scale.ticks.map(([v, text]) => `<path d="M${left} ${F(f.y(v))}H${F(f.edge)}" stroke="var(--line)"/><text x="${left - 8}" y="${F(f.y(v) + 3.5)}" text-anchor="end">${text}</text>`).join("") + `<path d="M${left} ${base}H${F(f.edge)}" stroke="var(--control)"/>`;
  return f;
}
function timeAxis(f) {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800];
  const step = SPAN < 2 ? SPAN : steps.find((s) => (SPAN / s) * (look.narrow ? 52 : 64) <= f.wide) || 86400;
  let text = "";
  for (let t = 0; t <= SPAN * 1.0001; t += step) {
    const label = SPAN < 2 ? num(t, 1) + NB + "s" : clock(t);
    const last = f.x(t) > f.edge - 14;
    text += `<text x="${F(last ? f.edge + (look.narrow ? 2 : 14) : f.x(t))}" y="${f.height - 6}" text-anchor="${t === 0 ? "start" : last ? "end" : "middle"}">${label}</text>`;
  }
  return text;
}
// Points from edge to edge: a bin stands for all of its seconds.
function points(f, bins, of) {
  const list = [];
  bins.forEach((bin, i) => {
    const value = of(bin, i);
    if (value == null) return list.push(null);
    if (i === 0 || of(bins[i - 1], i - 1) == null) list.push([f.x(bin.first), f.y(value)]);
    list.push([f.x(bin.middle), f.y(value)]);
    if (i === bins.length - 1 || of(bins[i + 1], i + 1) == null) list.push([f.x(bin.end), f.y(value)]);
  });
  return list;
}
function path(list) {
  let text = "", pen = false;
  for (const point of list) {
    if (point) text += `${pen ? "L" : "M"}${F(point[0])} ${F(point[1])}`;
    pen = point !== null;
  }
  return text;
}
const line = (list, colour, width = 1.6, dash = "") => `<path d="${path(list)}" fill="none" stroke="var(--${colour})" stroke-width="${width}" stroke-linejoin="round" stroke-dasharray="${dash}"/>`;
function area(top, bottom, paint) {
  let text = "", begun = 0;
  for (let i = 0; i <= top.length; ++i) {
    if (i < top.length && top[i] && bottom[i]) continue;
    if (i > begun) text += path(top.slice(begun, i)) + path(bottom.slice(begun, i).reverse()).replace("M", "L") + "Z";
    begun = i + 1;
  }
  return `<path d="${text}" fill="${paint}"/>`;
}
function after(f) {
  if (SPAN <= ENDED + 0.5) return "";
  const x = f.x(ENDED), wide = f.edge - x;
  return `<rect x="${F(x)}" y="${f.top}" width="${F(wide)}" height="${f.base - f.top}" fill="var(--sunken)"/>` +
    (wide > 96 ? `<text x="${F(x + 7)}" y="${f.top + 13}">nothing sent</text>` : "");
}
// Marks that stand close share a flag; many of them are a stretch of time.
const marks = report.marks.filter((mark) => mark.second >= -1 && mark.second <= SPAN + 1)
  .map((mark, i) => ({ ...mark, at: Math.min(Math.max(mark.second, 0), SPAN), number: i + 1 }));
function flags(f, named) {
  const groups = [];
  for (const mark of marks) {
    const x = f.x(mark.at), held = groups[groups.length - 1];
    if (held && x - held.end < 34) { held.to = mark.number; held.end = x; }
    else groups.push({ begin: x, end: x, from: mark.number, to: mark.number });
  }
  let text = "";
  const top = f.top - (named ? 4 : 0);
  for (const { begin, end, from, to } of groups) {
    if (to - from > 2) text += `<rect x="${F(begin)}" y="${top}" width="${F(end - begin)}" height="${f.base - top}" fill="var(--mark)" opacity=".13"/>`;
    const inside = marks.filter((mark) => mark.number >= from && mark.number <= to);
    for (const { at } of to - from > 2 ? [inside[0], inside[inside.length - 1]] : inside) {
      text += `<path d="M${F(f.x(at))} ${top}V${f.base}" stroke="var(--mark)" stroke-dasharray="2 3"/>`;
    }
    if (!named) continue;
    const label = from === to ? String(from) : `${from}–${to}`, half = label.length * 3 + 5;
    const x = Math.max((begin + end) / 2, f.left + half);
    text += `<rect x="${F(x - half)}" y="${f.top - 20}" width="${2 * half}" height="16" rx="8" fill="var(--mark)"/><text class="number" x="${F(x)}" y="${f.top - 8.5}" text-anchor="middle">${label}</text>`;
  }
  return text;
}
function names(f, list) {
  if (look.narrow) return "";
  const shown = list.filter((one) => one.y != null).sort((a, b) => a.y - b.y);
  shown.forEach((one, i) => { if (i && one.y < shown[i - 1].y + 15) one.y = shown[i - 1].y + 15; });
  const over = shown.length ? Math.max(0, shown[shown.length - 1].y - f.base) : 0;
  return shown.map((one) => `<text class="name" x="${F(f.edge + 9)}" y="${F(one.y - over + 4)}">${one.text}</text>`).join("");
}
const lastY = (f, bins, of) => { const bin = [...bins].reverse().find((b, i) => of(b) != null && (i > 0 || bins.length < 3)); return bin ? f.y(of(bin)) : null; };
// Lines have their names beside them where there is room; bands have none.
const bands = (list) => (look.narrow ? legend(list) : legend(list.filter(([mark]) => mark.includes("<rect"))));
const legend = (list) => !list.length ? "" : `<div class="legend">${list.map(([mark, text]) => `<span>${mark}${text}</span>`).join("")}</div>`;
// `tip`: what one bin says, as [name, value].
const tips = [];
function timeChart(label, f, drawn, bins, tip, below = "") {
  const at = tips.push({ f, bins, tip }) - 1;
  return `<figure class="chart" data-tip="${at}"><svg viewBox="0 0 ${look.width} ${f.height}" role="img" tabindex="0" aria-label="${esc(label)}">${drawn}${timeAxis(f)}<path class="cross" d="M0 ${f.top}V${f.base}"/></svg>${below}<div class="tip"></div></figure>`;
}
const each = (size) => (size === 1 ? "" : ` Each point stands for ${chosen(size)}.`);

// ---- The charts.
function flowChart() {
  const { bins, size } = binned(look.narrow ? 90 : 240);
  const offered = (bin) => (bin.sends ? bin.rate((row) => row.offered) : null);
  const stack = bins.map((bin) => { let sum = 0; return FATES.map((fate) => (sum += bin.rate(fate.of))); });
  const f = frame(look.print ? 250 : look.narrow ? 232 : 292, linear(Math.max(...bins.map((bin, i) => Math.max(offered(bin) || 0, stack[i][FATES.length - 1])))), marks.length ? 30 : 14);
  let drawn = after(f) + f.grid;
  FATES.forEach((fate, k) => {
    if (!fate.of(report)) return;
    drawn += area(points(f, bins, (bin, i) => stack[i][k]), points(f, bins, (bin, i) => (k ? stack[i][k - 1] : 0)), fill(fate.key));
  });
  const good = (bin) => bin.rate((row) => row.good);
  drawn += line(points(f, bins, offered), "ink", 1.4) + line(points(f, bins, good), "accent", 1.9) + flags(f, true);
  drawn += names(f, [{ y: lastY(f, bins, offered), text: "Offered" }, { y: lastY(f, bins, good), text: report.deadline_seconds ? "In time" : "Answered" }]);
  const there = FATES.filter((fate) => fate.of(report) > 0);
  const tip = (bin) => [["offered", bin.sends ? rate(offered(bin)) + "/s" : "nothing"], ...there.map((fate) => [fate.name, rate(bin.rate(fate.of)) + "/s"])];
  const list = [[stroke("ink", 1.6), "offered"], ...there.map((fate) => [swatch(fate.key), fate.name])];
  const text = there.length > 1
    ? "Requests a second: the line is what was offered, the bands what became of it, by the second of the answer."
    : "Requests a second: the line is what was offered, the band what became of it, by the second of the answer.";
  const told = `<ol class="marks">${marks.map((mark) => `<li><i>${mark.number}</i><span>${clock(Math.max(mark.second, 0))}</span><span>${esc(mark.text)}</span></li>`).join("")}</ol>`;
  const events = marks.length > 12 ? `<details class="below"><summary>What the ${marks.length} marks are</summary>${told}</details>` : marks.length ? told : "";
  return part("Offered and answered", text + each(size), timeChart("Requests a second that were offered, and what became of them", f, drawn, bins, tip, bands(list)) + events);
}
function latencyScale(least, greatest) {
  const limit = report.deadline_seconds;
  return logarithmic(least, limit && limit < greatest * 12 ? Math.max(limit, greatest) : greatest);
}
function deadlineLine(f, left = false) {
  const limit = report.deadline_seconds;
  if (!limit || limit > f.scale.high || limit < f.scale.low) return "";
  const y = f.y(limit);
  return `<path d="M${f.left} ${F(y)}H${F(f.edge)}" stroke="var(--bad)" stroke-width="1.2" stroke-dasharray="6 3"/><text class="limit over" x="${F(left ? f.left + 5 : f.edge - 4)}" y="${F(y - 6)}" text-anchor="${left ? "start" : "end"}">deadline ${chosen(limit)}</text>`;
}
function latencyChart() {
  if (!report.ok) return "";
  const { bins, size } = binned(look.narrow ? 90 : 240);
  const of = (name) => (bin) => bin.worst(name);
  const all = (name) => bins.map(of(name)).filter((v) => v != null);
  if (!all("p50").length) return "";
  const f = frame(look.print ? 212 : look.narrow ? 216 : 252, latencyScale(Math.min(...all("p50")), Math.max(...all("max"))), 18);
  const silent = bins.filter((bin) => bin.sends && bin.worst("p50") == null)
    .map((bin) => `<rect x="${F(f.x(bin.first))}" y="${f.top}" width="${F(f.x(bin.end) - f.x(bin.first))}" height="${f.base - f.top}" fill="${fill("silent")}" opacity=".55"/>`).join("");
  const dot = Math.max(2, Math.min(7, (f.wide / bins.length) * 0.6));
  const dots = bins.filter((bin) => bin.worst("max") != null)
    .map((bin) => `M${F(f.x(bin.middle) - dot / 2)} ${F(f.y(bin.worst("max")))}h${F(dot)}`).join("");
  const drawn = after(f) + silent + f.grid + area(points(f, bins, of("p99")), points(f, bins, of("p50")), "var(--accent-soft)") +
    `<path d="${dots}" stroke="var(--ink3)" stroke-width="2" fill="none"/>` + line(points(f, bins, of("p50")), "ink3", 1.5) + line(points(f, bins, of("p95")), "accent", 1.1, "4 2") +
    line(points(f, bins, of("p99")), "accent", 2) + flags(f, false) + deadlineLine(f) +
    names(f, [["max", "Slowest"], ["p99", "p99"], ["p95", "p95"], ["p50", "p50"]].map(([name, text]) => ({ y: lastY(f, bins, of(name)), text })));
  const tip = (bin) => (bin.worst("p50") == null ? [["no answer", ""]] : ["p50", "p95", "p99", "max"].map((name) => [name === "max" ? "slowest" : name, time(bin.worst(name))]));
  const list = [[stroke("ink3", 3, "3 2"), "slowest"], [stroke("accent", 2.2), "p99"], [stroke("accent", 1.4, "4 2"), "p95"], [stroke("ink3", 1.6), "p50"],
    ...(silent ? [[swatch("silent"), "no answer"]] : []), ...(report.deadline_seconds ? [[stroke("bad", 1.6, "4 2"), "deadline"]] : [])];
  return part("Latency over time", `Of the answers that came in each second, counted from when a request was to start, whether or not it could: a server that stalls cannot hide the requests that were held up. Logarithmic.${size > 1 ? ` The worst second of each ${chosen(size)}.` : ""}`,
    timeChart("Latency over time", f, drawn, bins, tip, bands(list)));
}
function curveChart() {
  const curve = report.percentiles;
  if (!curve.length) return "";
  const z = (q) => -Math.log10(1 - q);
  const end = Math.max(1, z(curve[curve.length - 1].quantile));
  const f = frame(look.print ? 248 : look.narrow ? 262 : 304, latencyScale(Math.min(...curve.map((p) => Math.min(p.service_seconds, p.latency_seconds))), curve[curve.length - 1].latency_seconds), 22, 40);
  const room = look.narrow ? 20 : 34;
  const x = (q) => f.left + ((f.wide - room) * z(q)) / end;
  const named = [0.5, 0.9, 0.99, 0.999, 0.9999].filter((q) => z(q) <= end + 1e-6);
  const value = (q) => (q === 0.5 ? report.latency_seconds.p50 : curve.find((p) => Math.abs(p.quantile - q) < 1e-9).latency_seconds);
  let drawn = f.grid + [0, ...named].filter((q) => q > 0 || x(0.5) - x(0) > 48).map((q) => `<path d="M${F(x(q))} ${f.top}V${f.base}" stroke="var(--line)"/><text x="${F(x(q))}" y="${f.base + 16}" text-anchor="${q ? "middle" : "start"}">${Number((q * 100).toPrecision(6))}${NB}%</text>`).join("");
  drawn += `<text x="${F((f.left + f.edge) / 2)}" y="${f.base + 33}" text-anchor="middle">${look.narrow ? "share answered at least this fast" : "share of the answers that came at least this fast; each step to the right leaves a tenth as many out"}</text>`;
  const to = (key) => curve.map((p) => [x(p.quantile), f.y(p[key])]);
  drawn += deadlineLine(f, true) + line(to("service_seconds"), "ink3", 1.4, "4 3") + line(to("latency_seconds"), "accent", 2.2);
  for (const q of named) {
    const at = [x(q), f.y(value(q))], limit = report.deadline_seconds ? f.y(report.deadline_seconds) : 0;
    const under = at[1] - limit > -2 && at[1] - limit < 28;  // above stands the line of the deadline
    drawn += `<circle cx="${F(at[0])}" cy="${F(at[1])}" r="3.6" fill="var(--accent)" stroke="var(--panel)" stroke-width="1.6"/><text class="value over" x="${F(at[0] - 3)}" y="${F(at[1] + (under ? 19 : -10))}" text-anchor="${q === 0.5 && look.narrow ? "middle" : "end"}">${time(value(q))}</text>`;
  }
  const last = curve[curve.length - 1];
  drawn += names(f, [{ y: f.y(last.latency_seconds), text: "Latency" }, { y: f.y(last.service_seconds), text: "Service time" }].map((one) => ({ ...one })));
  const list = bands([[stroke("accent", 2.2), "latency"], [stroke("ink3", 1.6, "4 3"), "service time"]]);
  const chart = `<figure class="chart"><svg viewBox="0 0 ${look.width} ${f.height}" role="img" aria-label="Latency by percentile">${drawn}</svg>${list}</figure>`;
  const times = [["Latency", "from when it was to start", report.latency_seconds, report.ok], ["Service time", "from when it was sent", report.service_seconds, report.ok],
    ["Refusals", "from when it was sent", report.refusal_seconds, report.refused]].filter((row) => row[3] > 0);
  const heads = [["p50", "p50"], ["p90", "p90"], ["p95", "p95"], ["p99", "p99"], ["p999", "p99.9"], ["max", "Slowest"]];
  const hide = { p90: 1, p95: 1 };
  const table = `<div class="wide below"><table><thead><tr><th></th>${heads.map(([key, text]) => `<th class="r${hide[key] ? " roomy" : ""}">${text}</th>`).join("")}</tr></thead><tbody>${times.map(([name, what, of]) =>
    `<tr><td>${name}<span class="muted roomy"> ${what}</span></td>${heads.map(([key]) => `<td class="r${hide[key] ? " roomy" : ""}${key === "p99" ? " strong" : ""}">${time(of[key])}</td>`).join("")}</tr>`).join("")}</tbody></table></div>`;
  return part("Latency by percentile", `Of ${num(report.ok)} answers. Where the two lines part, requests waited on the side that sent them.`, chart + table);
}
function serverCharts() {
  const seconds = report.server.filter((s) => s.second + 1 > 0 && s.second < SPAN);
  if (!seconds.length) return "";
  const bins = seconds.map((s) => ({ ...s, first: Math.max(s.second, 0), end: Math.min(s.second + 1, SPAN) })).map((s) => ({ ...s, middle: (s.first + s.end) / 2 }));
  const kept = seconds[0].second > 5 ? ` It remembers the last ${chosen(seconds.length)}.` : "";
  const height = look.print ? 136 : look.narrow ? 160 : 176;
  const sum = (s, keys) => keys.reduce((total, key) => total + s.queue_seconds[key], 0);
  const kinds = ["urgent", "patient", "bulk"].filter((key) => seconds.some((s) => s.queue_seconds[key] > 0));
  const high = Math.max(...seconds.map((s) => sum(s, kinds)));
  const unit = high < 1 ? 1000 : 1;
  const q = frame(height, linear(Math.max(high, 0.01) * unit));
  let drawn = after(q) + q.grid;
  kinds.forEach((key, k) => { drawn += area(points(q, bins, (s) => unit * sum(s, kinds.slice(0, k + 1))), points(q, bins, (s) => unit * sum(s, kinds.slice(0, k))), fill(key)); });
  if (kinds.length) drawn += line(points(q, bins, (s) => unit * sum(s, kinds)), "ink2", 1.3);
  drawn += flags(q, false) + names(q, [{ y: lastY(q, bins, (s) => unit * sum(s, kinds)), text: "Queue" }]);
  const queue = timeChart("The server's queue over time", q, drawn, bins, (s) => [...["urgent", "patient", "bulk"].map((key) => [key, time(s.queue_seconds[key])]), ["in flight", num(s.in_flight)]],
    legend(kinds.length ? kinds.map((key) => [swatch(key), key]) : [["", "nothing waited"]]));
  const c = frame(height, linear(Math.max(...seconds.map((s) => Math.max(s.offered_cost, s.capacity_cost, s.goodput_cost)))));
  const cost = (key) => points(c, bins, (s) => s[key]);
  const work = after(c) + c.grid + area(cost("goodput_cost"), points(c, bins, () => 0), fill("done")) + line(cost("offered_cost"), "ink", 1.3) + line(cost("goodput_cost"), "accent", 1.8) +
    line(cost("capacity_cost"), "ink2", 1.5, "6 3") + flags(c, false) + names(c, [["capacity_cost", "Capacity"], ["offered_cost", "Offered"], ["goodput_cost", "Done"]].map(([key, text]) => ({ y: lastY(c, bins, (s) => s[key]), text })));
  const capacity = timeChart("The work offered to the server, done by it, and what it can do", c, work, bins, (s) => [["capacity", num(s.capacity_cost)], ["offered", num(s.offered_cost)], ["done", num(s.goodput_cost)]],
    bands([[stroke("ink2", 1.6, "5 3"), "capacity"], [stroke("ink", 1.5), "offered"], [swatch("done"), "done"]]));
  return part("The server's queue", `How long its workers need for what waits, in ${unit > 1 ? "milliseconds" : "seconds"}, as the server itself tells.${kept}`, queue) +
    part("The server's work", "What was asked of it, what it did and what its workers could do, each second, in tokens of a short text." + kept, capacity);
}

// ---- Everything else.
function keepUnits() {
  for (const element of document.querySelectorAll(".verdict h1, .verdict p")) {
    const last = element.lastChild;
    last.textContent = last.textContent.replace(/(\d|<|>) (?=\d|%|(?:ms|s|min|h)\b)/g, `$1${NB}`);
  }
}
const part = (title, text, body, classes = "") => `<section class="${classes}"><h2>${title}</h2>${text ? `<p class="cap">${text}</p>` : ""}${body}</section>`;
function keyFigures() {
  const per = (count) => count / Math.max(ENDED, 1e-6);
  const times = report.latency_seconds, none = report.ok ? null : "–";
  const cells = [["Offered", `${num(report.offered)}`, `${rate(per(report.offered))} a second`],
    ["Goodput", `${rate(report.goodput_per_second)}<small>/s</small>`, `${rate(report.texts_per_second)} texts/s`],
    [report.deadline_seconds ? "In time" : "Answered", share(report.good, report.offered).replace(NB + "%", "<small>%</small>"), report.deadline_seconds ? `within ${chosen(report.deadline_seconds)}` : "no deadline was set"],
    ["p50", none || big(time(times.p50)), none ? "nothing was answered" : "half came faster"], ["p99", none || big(time(times.p99)), none ? "" : "99 of 100 came faster"],
    ["Slowest", none || big(time(times.max)), none ? "" : `p99.9 ${time(times.p999)}`]];
  const whole = Math.max(report.offered, report.sent);
  const wide = look.width, tall = look.print ? 20 : 26;
  let x = 0, bar = "", edge = 0;
  const parts = [...FATES.map((fate) => [fate.key, fate.of(report)]), ["unsent", unsent]].filter((one) => one[1] > 0);
  const room = wide - 3 * parts.length;
  for (const [key, count] of parts) {
    const long = 3 + (room * count) / Math.max(whole, 1);
    bar += `<rect x="${F(x)}" width="${F(Math.max(long - 1.5, 1.5))}" height="${tall}" fill="${fill(key)}"/>`;
    if (key === "good") bar += `<rect x="0" width="${F(long - 1.5)}" height="2.5" fill="var(--accent)"/>`;
    x += long;
  }
  const list = FATES_SHOWN.map((fate) => `<span class="${fate.of(report) ? "" : "zero"}">${swatch(fate.key)}<span>${fate.name} <b>${num(fate.of(report))}</b>${fate.of(report) ? ` ${share(fate.of(report), whole)}` : ""}</span></span>`);
  if (unsent) list.push(`<span>${swatch("unsent")}<span>never sent <b>${num(unsent)}</b></span></span>`);
  return `<section class="key"><dl>${cells.map(([name, value, under]) => `<div><dt>${name}</dt><dd>${value}</dd><dd class="under">${under}</dd></div>`).join("")}</dl>` +
    `<div class="fate"><svg viewBox="0 0 ${F(Math.max(x - 1.5, 1))} ${tall}" height="${tall}" preserveAspectRatio="none" role="img" aria-label="What became of the requests">${bar || edge}</svg><div class="legend">${list.join("")}</div></div></section>`;
}
const PASSED = '<svg viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="M1.8 8a6.2 6.2 0 1 0 12.4 0a6.2 6.2 0 1 0 -12.4 0M5.3 8.2l1.9 1.9 3.6-4"/></svg>';
const FAILED = '<svg viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="M5.4 1.8h5.2l3.6 3.6v5.2l-3.6 3.6H5.4l-3.6-3.6V5.4zM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4"/></svg>';
// The bound stands at 62 of 100, and the side that fails is tinted: the bar has to stay out of it.
function gauge(threshold) {
  const ratio = threshold.ratio == null ? 2 : threshold.ratio;
  const at = 62, value = Math.min(100, Math.max(ratio * at, ratio > 0 ? 1 : 0));
  const side = threshold.fails_above ? [at, 100 - at] : [0, at];
  return `<svg class="gauge" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true"><rect y="2" width="100" height="8" fill="var(--sunken)"/><rect x="${side[0]}" y="2" width="${side[1]}" height="8" fill="var(--bad-bg)"/><rect y="4" width="${F(value)}" height="4" fill="var(--${threshold.failed ? "bad" : "accent"})"/><path d="M${at} 0V12" stroke="var(--ink)" stroke-width="2" vector-effect="non-scaling-stroke"/></svg>`;
}
function thresholds() {
  const list = report.thresholds;
  if (!list.length) return "";
  const failed = list.filter((one) => one.failed).length;
  const text = failed ? `${num(failed)} of ${num(list.length)} failed.` : list.length === 1 ? "It passed." : `All ${num(list.length)} passed.`;
  return part("Thresholds", text, `<table><thead><tr><th>Result</th><th>Fails if</th><th class="r">Measured</th><th class="r">Bound</th><th class="roomy" style="width:34%;padding-left:24px">Measured against the bound</th></tr></thead><tbody>${list.map((one) =>
    `<tr><td><span class="result ${one.failed ? "failed" : "passed"}">${one.failed ? FAILED : PASSED}${one.failed ? "Failed" : "Passed"}</span></td><td><code>${esc(one.fail_if)}</code></td><td class="r strong">${esc(one.measured || "none")}</td><td class="r">${esc(one.bound)}</td><td class="roomy" style="padding-left:24px">${gauge(one)}</td></tr>`).join("")}</tbody></table>`);
}
const REFUSED = ["resource_exhausted", "unavailable"];
function verdicts() {
  const whole = Math.max(report.offered, report.sent);
  const within = report.deadline_seconds ? ` within ${chosen(report.deadline_seconds)}` : "";
  const codes = (list) => list.map(([code, count]) => `<tr><td><span class="sub"><code>${esc(code)}</code></span></td><td class="r">${num(count)}</td><td class="r">${share(count, whole)}</td><td class="roomy"></td></tr>`).join("");
  const counts = Object.entries(report.verdicts);
  const refused = counts.filter(([code]) => REFUSED.includes(code));
  const failed = counts.filter(([code]) => code !== "ok" && !REFUSED.includes(code) && !(code === "cancelled" && report.cancelled === report.verdicts.cancelled));
  const row = (key, name, count, what) => `<tr class="${count ? "" : "zero"}"><td><span class="what">${swatch(key)}${name}</span></td><td class="r strong">${num(count)}</td><td class="r">${share(count, whole)}</td><td class="roomy muted">${what}</td></tr>`;
  const body = row("good", report.deadline_seconds ? "In time" : "Answered", report.good, `the right number of vectors${within}; this is goodput`) +
    row("late", "Late", report.late, report.deadline_seconds ? "answered, but over the deadline" : "no deadline was set") +
    row("wrong", "Wrong vectors", wrong(report), "answered in time, not with the vectors that were asked for") +
    row("refused", "Refused", report.refused, "turned away at once, with a hint when to come again") + codes(refused) +
    row("failed", "Failed", report.failed, "every other end") + codes(failed) +
    (report.cancelled ? row("cancelled", "Cancelled", report.cancelled, "given up by the generator, as it was told to") : "") +
    (unsent ? row("unsent", "Never sent", unsent, "the run was stopped before") : "");
  const retried = report.retries ? ` ${num(report.attempts)} attempts were sent in all, ${num(report.retries)} of them retries.` : "";
  return part("Verdicts", `Each of ${num(whole)} requests ends in one.${retried}`, `<table><thead><tr><th>Verdict</th><th class="r">Requests</th><th class="r">Share</th><th class="roomy">What it means</th></tr></thead><tbody>${body}</tbody></table>`);
}
function seconds() {
  const { bins, size } = binned(600);
  const heads = ["Second", "Offered", ...FATES_SHOWN.map((fate) => fate.name[0].toUpperCase() + fate.name.slice(1)), "p50", "p99", "Slowest"];
  const body = bins.map((bin) => `<tr><td>${clock(bin.first)}</td>${[(row) => row.offered, ...FATES_SHOWN.map((fate) => fate.of)].map((of) => `<td class="r">${num(bin.sum(of))}</td>`).join("")}${["p50", "p99", "max"].map((name) => `<td class="r">${bin.worst(name) == null ? "–" : time(bin.worst(name))}</td>`).join("")}</tr>`);
  return `<section class="screen"><details><summary>${size === 1 ? "Second by second" : `Every ${chosen(size)}`}, as a table</summary><div class="wide below"><table><thead><tr>${heads.map((name, i) => `<th${i ? ' class="r"' : ""}>${name}</th>`).join("")}</tr></thead><tbody>${body.join("")}</tbody></table></div></details></section>`;
}
const facts = (list) => `<dl class="facts">${list.filter((one) => one[1] !== "" && one[1] != null).map(([name, value, classes]) => `<dt>${name}</dt><dd class="${classes || ""}">${value}</dd>`).join("")}</dl>`;
function made() {
  const given = Object.entries(run.options).filter(([name]) => name !== "target" && name !== "seed");
  const start = run.start_unix_ms ? new Date(run.start_unix_ms).toISOString().replace("T", " ").replace(/\.\d+Z$/, " UTC") : "";
  const late = `${share(report.late_starts, report.sent)} sent late${report.valid ? "" : ", over the 1 % that is accepted"}`;
  const one = [["Target", `<code>${esc(run.target)}</code>`], ["Model", run.model && `${esc(run.model)}${run.precision ? ", " + esc(run.precision) : ""}${run.dim ? `, ${num(run.dim)} dimensions` : ""}`],
    ["Start", start], ["Seed", String(run.seed)], ["Sent from", run.cpu && `${esc(run.cpu)}, ${run.cpus === 1 ? "1 core" : num(run.cpus) + " cores"}`],
    ["Generator", `${num(report.generator_cpu_seconds, 1)}${NB}s of CPU, ${late}`], ["Version", run.version && `shoal ${esc(run.version)}`]];
  const command = run.command ? part("Run it again", "Times and texts come from the seed alone.", `<div class="command"><pre><code>${esc(run.command).replace(/(^| )(--[\w-]+)/g, "$1<span>$2</span>")}</code></pre><button type="button">Copy</button></div>`) : "";
  return command + `<div class="two">${part("Run", "", facts(one))}${given.length ? part("Options", "", facts(given.map(([name, value]) => [esc(name), value === "" ? "–" : esc(value)]))) : ""}</div>` +
    '<p class="foot">The same figures for programs: <code>--output NAME.json</code>, and <code>NAME.csv</code> for a row a second. Two runs side by side: <code>shoal load compare A.json B.json</code></p>';
}
function draw() {
  tips.length = 0;
  const full = look.print ? 688 : Math.max(280, Math.min(document.documentElement.clientWidth, 1080) - (document.documentElement.clientWidth <= 700 ? 28 : 64));
  look.narrow = full < 560;
  look.width = Math.round(full - (look.print ? 26 : look.narrow ? 12 : 34));
  const open = [...page.querySelectorAll("details")].map((one) => one.open);
  page.innerHTML = patterns + keyFigures() + thresholds() + flowChart() + latencyChart() + curveChart() + serverCharts() + verdicts() + seconds() + made();
  page.querySelectorAll("details").forEach((one, i) => { one.open = open[i] || false; });
  document.getElementById("when").textContent = [run.start_unix_ms ? new Date(run.start_unix_ms).toISOString().slice(0, 16).replace("T", " ") + " UTC" : "", chosen(ENDED), run.version && "shoal " + run.version].filter(Boolean).join(" · ");
  const copy = page.querySelector(".command button");
  if (copy) copy.onclick = () => {
    if (navigator.clipboard) navigator.clipboard.writeText(run.command);
    else getSelection().selectAllChildren(page.querySelector(".command code"));
    copy.textContent = navigator.clipboard ? "Copied" : "Selected";
    setTimeout(() => { copy.textContent = "Copy"; }, 1500);
  };
  page.querySelectorAll("[data-tip]").forEach(listen);
}

// ---- One moment in all charts over time: by pointer, or by arrow keys in the one that has focus.
let moment = null;
function show(seconds) {
  moment = seconds;
  page.querySelectorAll("[data-tip]").forEach((figure) => {
    const { f, bins, tip } = tips[figure.dataset.tip];
    const cross = figure.querySelector(".cross"), box = figure.querySelector(".tip");
    const bin = seconds == null ? null : bins.find((b) => seconds >= b.first && seconds < b.end) || (seconds >= bins[bins.length - 1].end - 1.5 ? bins[bins.length - 1] : null);
    const state = bin ? "visible" : "hidden";
    cross.style.visibility = box.style.visibility = state;
    if (!bin) return;
    const x = f.x(bin.middle);
    cross.setAttribute("d", `M${F(x)} ${f.top}V${f.base}`);
    box.innerHTML = `<b>${clock(bin.first)}</b>${tip(bin).map(([name, value]) => `<span>${name}<span>${value}</span></span>`).join("")}`;
    const svg = figure.querySelector("svg").getBoundingClientRect(), at = svg.left - figure.getBoundingClientRect().left + (x * svg.width) / look.width;
    box.style.left = `${at + 14 + box.offsetWidth > figure.clientWidth - 4 ? Math.max(4, at - 14 - box.offsetWidth) : at + 14}px`;
  });
}
function listen(figure) {
  const svg = figure.querySelector("svg");
  const { f, bins } = tips[figure.dataset.tip];
  svg.onpointermove = (event) => {
    const box = svg.getBoundingClientRect();
    show(Math.min(Math.max(((event.clientX - box.left) * look.width / box.width - f.left) / f.wide, 0), 0.99999) * SPAN);
  };
  svg.onpointerleave = () => show(null);
  svg.onblur = () => show(null);
  svg.onkeydown = (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") return show(null);
    if (!step) return;
    event.preventDefault();
    const at = moment == null ? -1 : bins.findIndex((bin) => moment >= bin.first && moment < bin.end);
    const next = bins[Math.min(Math.max(at + step * (event.shiftKey ? 10 : 1), 0), bins.length - 1)];
    show(next.middle);
  };
}

keepUnits();
draw();
let waiting = 0, drawn = document.documentElement.clientWidth;
addEventListener("resize", () => {
  cancelAnimationFrame(waiting);
  waiting = requestAnimationFrame(() => {
    if (look.print || drawn === document.documentElement.clientWidth) return;
    drawn = document.documentElement.clientWidth;
    draw();
  });
});
// Paper is white.
function paper(printing) {
  if (look.print === printing) return;
  look.print = printing;
  if (printing) document.documentElement.dataset.theme = "light";
  else delete document.documentElement.dataset.theme;
  draw();
}
addEventListener("beforeprint", () => paper(true));
addEventListener("afterprint", () => paper(false));
matchMedia("print").addEventListener("change", (event) => paper(event.matches));
