// A link to a view of this page: it can be kept, sent, and opened in another tab.
import type { ComponentChildren } from "preact";
import { go, hashOf, HOME, place, type Place } from "../state/url";

export function PlaceLink({ to, children, ...other }: { to: Partial<Place>; children: ComponentChildren; class?: string; title?: string }) {
  const from = to.page === undefined ? place.value : { ...HOME, theme: place.value.theme, sort: place.value.sort };
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(to);
  };
  return <a {...other} href={hashOf({ ...from, ...to }) || "#"} onClick={follow}>{children}</a>;
}
