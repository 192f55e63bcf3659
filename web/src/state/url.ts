// Where one is, in the part of the address behind '#': "#workers=vm-1&theme=dark" and the like. So a
// view can be kept, sent and come back to.
import { effect, signal } from "@preact/signals";

export const PAGES = ["overview", "slow", "logs", "try", "config"] as const;
export type Page = (typeof PAGES)[number];
export type Theme = "light" | "dark" | ""; // "": the system's

export interface Place {
  page: Page;
  theme: Theme;
  worker: string; // whose drawer is open; "": none
  filter: string; // of the page's list
  level: string; // of the log
  request: string; // whose lines are shown
  sort: string; // of the workers: a column, with '-' in front downwards
  table: boolean; // numbers in place of charts
}

export const HOME: Place = { page: "overview", theme: "", worker: "", filter: "", level: "", request: "", sort: "", table: false };

export function parsePlace(hash: string): Place {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const page = given.get("page") as Page | null;
  const theme = given.get("theme");
  return {
    ...HOME,
    page: page !== null && PAGES.includes(page) ? page : "overview",
    theme: theme === "light" || theme === "dark" ? theme : "",
    worker: given.get("worker") ?? "",
    filter: given.get("filter") ?? "",
    level: given.get("level") ?? "",
    request: given.get("request") ?? "",
    sort: given.get("sort") ?? "",
    table: given.has("table"),
  };
}

/** Only what differs from the home view. */
export function hashOf(place: Place): string {
  const said = new URLSearchParams();
  if (place.page !== "overview") said.set("page", place.page);
  for (const key of ["worker", "filter", "level", "request", "sort", "theme"] as const) {
    if (place[key]) said.set(key, place[key]);
  }
  if (place.table) said.set("table", "");
  const text = said.toString().replace(/=(?=&|$)/g, "");
  return text === "" ? "" : `#${text}`;
}

export const place = signal<Place>(HOME);

/** A page is a step in the browser's history, a filter is not. */
export function go(change: Partial<Place>): void {
  const next = { ...place.value, ...change };
  if (change.page !== undefined && change.page !== place.value.page) {
    Object.assign(next, { filter: "", level: "", request: "", worker: "" }, change);
    history.pushState(null, "", hashOf(next) || location.pathname);
    scrollTo(0, 0);
  }
  place.value = next;
}

export function keepPlaceInAddress(): void {
  place.value = parsePlace(location.hash);
  addEventListener("popstate", () => (place.value = parsePlace(location.hash)));
  addEventListener("hashchange", () => (place.value = parsePlace(location.hash)));
  effect(() => {
    const wanted = hashOf(place.value);
    if (location.hash !== wanted) history.replaceState(null, "", wanted || location.pathname);
    if (place.value.theme) document.documentElement.dataset.theme = place.value.theme;
    else delete document.documentElement.dataset.theme;
  });
}
