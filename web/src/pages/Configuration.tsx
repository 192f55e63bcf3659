// Every setting of the server, and who set it.
import { signal } from "@preact/signals";
import { usePolled } from "../state/polled";
import type { Setting } from "../state/types";
import { place } from "../state/url";
import { FilterField, NothingMatches } from "../ui/FilterField";
import { Refused } from "../ui/TokenForm";
import { ORIGINS, shownSettings, valuesOf } from "../words/settings";
import { num } from "../words/format";

const HEADS = ["Setting", "Value", "Comes from", "Where"];

const onlyChanged = signal(false);

function Value({ setting }: { setting: Setting }) {
  const values = valuesOf(setting);
  if (values.length === 0) return <span class="muted">empty</span>;
  if (values.length === 1) return <code>{values[0]}</code>;
  return <ul>{values.map((value) => <li><code>{value}</code></li>)}</ul>;
}

function Row({ setting }: { setting: Setting }) {
  const isDefault = setting.origin === "default";
  return (
    <tr role="row" class={isDefault ? undefined : "changed"}>
      <th role="rowheader" scope="row"><code>{setting.name}</code></th>
      <td role="cell" class="value"><Value setting={setting} /></td>
      <td role="cell" class={isDefault ? "from muted" : "from"}>{ORIGINS[setting.origin]}</td>
      <td role="cell" class="place">{!isDefault && <code>{setting.place}</code>}</td>
    </tr>
  );
}

function List({ settings }: { settings: readonly Setting[] }) {
  const shown = shownSettings(settings, place.value.filter, onlyChanged.value);
  if (shown.length === 0 && place.value.filter === "") return <p class="nothing">All settings are as they are by default.</p>;
  if (shown.length === 0) return <NothingMatches what="setting" />;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Settings">
      <table role="table" class="settings">
        <thead role="rowgroup">
          <tr role="row">{HEADS.map((head) => <th role="columnheader" scope="col">{head}</th>)}</tr>
        </thead>
        <tbody role="rowgroup">{shown.map((setting) => <Row key={setting.name} setting={setting} />)}</tbody>
      </table>
    </div>
  );
}

export function Configuration() {
  const { answer, error, again } = usePolled<{ settings: Setting[] }>("/api/v1/config");
  const changed = answer?.settings.filter((setting) => setting.origin !== "default").length;
  return (
    <section class="panel page" aria-label="Configuration">
      <div class="page-head">
        <h2>Configuration</h2>
        <FilterField label="Filter the settings" placeholder="Filter: name, value, file…" />
        <label>
          <input type="checkbox" checked={onlyChanged.value} onChange={(event) => (onlyChanged.value = event.currentTarget.checked)} />
          only what differs from the default{changed !== undefined && <span class="muted">({num(changed)})</span>}
        </label>
        <span class="grow" />
        <span class="muted">a flag counts before the environment, that before the file</span>
      </div>
      {error !== null && <Refused error={error} again={again} />}
      {answer !== null && <List settings={answer.settings} />}
    </section>
  );
}
