// The keys of the page.
import { Dialog } from "./Dialog";

const KEYS: [string[], string][] = [
  [["1", "…", "5"], "pages"],
  [["p"], "pause, go on"],
  [["t"], "light or dark"],
  [["c"], "charts or a table of numbers"],
  [["/"], "filter the list of the page"],
  [["←", "→"], "in the charts: one second back, on; with Shift ten"],
  [["Enter"], "in the charts: pin the moment, and list what happened then"],
  [["Esc"], "back to now; close"],
  [["?"], "this list"],
];

export function Help({ close }: { close: () => void }) {
  return (
    <Dialog label="Keys" close={close}>
      <h2>Keys</h2>
      <dl class="facts">
        {KEYS.map(([keys, what]) => (
          <>
            <dt>{keys.map((key) => (key === "…" ? " … " : <kbd>{key}</kbd>))}</dt>
            <dd>{what}</dd>
          </>
        ))}
      </dl>
      <div class="actions"><button type="button" class="btn primary" onClick={close}>Close</button></div>
    </Dialog>
  );
}
