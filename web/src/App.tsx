// The frame: header, pages, state line, keys.
import { useEffect, useRef } from "preact/hooks";
import { signal } from "@preact/signals";
import { contactLostMs, paused, setPaused, state } from "./state/store";
import { go, PAGES, place, type Page } from "./state/url";
import { Help } from "./ui/Help";
import { Icon } from "./ui/Icon";
import { StateLine } from "./panels/StateLine";
import { WorkerDialog } from "./panels/WorkerDialog";
import { Overview } from "./pages/Overview";
import { SlowRequests } from "./pages/SlowRequests";
import { Logs } from "./pages/Logs";
import { TryIt } from "./pages/TryIt";
import { Configuration } from "./pages/Configuration";

const TITLES: Record<Page, string> = { overview: "Overview", slow: "Slow requests", logs: "Logs", try: "Try it", config: "Configuration" };
const BODIES: Record<Page, () => preact.JSX.Element | null> = {
  overview: Overview, slow: SlowRequests, logs: Logs, try: TryIt, config: Configuration,
};

const isHelpOpen = signal(false);

function turnTheme(): void {
  const dark = place.value.theme ? place.value.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  go({ theme: dark ? "light" : "dark" });
}

function onKey(event: KeyboardEvent): void {
  const typing = event.target instanceof Element && event.target.matches("input, select, textarea");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const page = PAGES[Number(event.key) - 1];
  if (page !== undefined) go({ page });
  else if (event.key === "p") setPaused(!paused.value);
  else if (event.key === "t") turnTheme();
  else if (event.key === "c" && place.value.page === "overview") go({ table: !place.value.table });
  else if (event.key === "?") isHelpOpen.value = true;
  else if (event.key === "/") document.querySelector<HTMLInputElement>("input[type=search]")?.focus();
  else return;
  event.preventDefault();
}

/** To its middle, where the tabs are wider than the window. */
function showTab(list: HTMLElement | null, page: Page): void {
  const tab = document.getElementById(`tab-${page}`);
  if (list !== null && tab !== null) list.scrollLeft = tab.offsetLeft - list.offsetLeft - (list.clientWidth - tab.offsetWidth) / 2;
}

function Tabs() {
  const list = useRef<HTMLDivElement>(null);
  const { page } = place.value;
  useEffect(() => showTab(list.current, page), [page]);
  const turn = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    const next = PAGES[(PAGES.indexOf(place.value.page) + by + PAGES.length) % PAGES.length] ?? "overview";
    go({ page: next });
    document.getElementById(`tab-${next}`)?.focus();
    event.preventDefault();
  };
  return (
    <div class="tabs" role="tablist" aria-label="Pages" ref={list} onKeyDown={turn}>
      {PAGES.map((page) => (
        <button type="button" role="tab" id={`tab-${page}`} aria-selected={place.value.page === page} aria-controls="page"
          tabIndex={place.value.page === page ? 0 : -1} onClick={() => go({ page })}>{TITLES[page]}</button>
      ))}
    </div>
  );
}

function Header() {
  return (
    <header class="top">
      <div class="brand">
        <svg viewBox="0 0 26 18" width="26" height="18" aria-hidden="true" fill="currentColor">
          <path d="M25 9c-2.2-2.3-5.6-3-9-1.4l-3-1.9.9 3.3-.9 3.3 3-1.9c3.4 1.6 6.8.9 9-1.4z" />
          <path opacity=".6" d="M15 3.4c-1.6-1.6-4-2.1-6.4-1L6.5 1l.6 2.4-.6 2.4 2.1-1.4c2.4 1.1 4.8.6 6.4-1z" />
          <path opacity=".6" d="M11 14.6c-1.6-1.6-4-2.1-6.4-1l-2.1-1.4.6 2.4-.6 2.4 2.1-1.4c2.4 1.1 4.8.6 6.4-1z" />
        </svg>
        <span>Shoal</span>
      </div>
      <Tabs />
      <div class="tools">
        <button type="button" class="btn icon" title={paused.value ? "Go on (p)" : "Pause (p)"} aria-label={paused.value ? "Go on" : "Pause"}
          onClick={() => setPaused(!paused.value)}><Icon name={paused.value ? "play" : "pause"} size={16} /></button>
        <button type="button" class="btn icon" title="Light or dark (t)" aria-label="Light or dark" onClick={turnTheme}><Icon name="theme" size={16} /></button>
        <button type="button" class="btn icon" title="Keys (?)" aria-label="Keys" onClick={() => (isHelpOpen.value = true)}>?</button>
      </div>
    </header>
  );
}

function Opening() {
  return (
    <p class="opening" role="status">
      {contactLostMs.value === null ? "Asking the server…" : "The server does not answer. Trying again every 2 s…"}
    </p>
  );
}

export function App() {
  useEffect(() => {
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  const Body = BODIES[place.value.page];
  return (
    <div class={contactLostMs.value === null ? undefined : "stale"}>
      <a class="skip" href="#main" onClick={(event) => {
        event.preventDefault();
        document.getElementById("main")?.focus();
      }}>Skip to content</a>
      <Header />
      <main id="main" tabIndex={-1}>
        {state.value === null ? <Opening /> : (
          <>
            <StateLine />
            <div id="page" role="tabpanel" aria-labelledby={`tab-${place.value.page}`}><Body /></div>
          </>
        )}
      </main>
      {state.value !== null && place.value.worker && <WorkerDialog />}
      {isHelpOpen.value && <Help close={() => (isHelpOpen.value = false)} />}
    </div>
  );
}
