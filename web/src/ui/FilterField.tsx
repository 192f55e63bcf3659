// The filter of a page's list; it stands in the address.
import { go, place } from "../state/url";

export function FilterField({ label, placeholder }: { label: string; placeholder: string }) {
  return (
    <input type="search" class="filter" aria-label={label} placeholder={placeholder} value={place.value.filter} spellcheck={false}
      onInput={(event) => go({ filter: event.currentTarget.value })} />
  );
}

/** Said in place of a list that the filter left nothing of. */
export function NothingMatches({ what }: { what: string }) {
  return (
    <p class="nothing">
      No {what} matches. <button type="button" class="link" onClick={() => go({ filter: "" })}>Clear the filter</button>
    </p>
  );
}
