// What became of the work: every text of the last five minutes in one row, every refusal with its
// reason and what to do about it.
import { history } from "../state/store";
import { ADVICE, accountOf, BREACHES, REFUSALS, textsPerCost } from "../words/outcomes";
import { num, percent, small } from "../words/format";

const NOW = 5; // seconds that count as now

interface RowProps {
  kind: string;
  name: string;
  now: number; // a second
  texts: number;
  share: number;
  isReason?: boolean;
}

/** It breaks behind an underscore, where it must. */
const Reason = ({ name }: { name: string }) => <code>{name.split("_").map((word, i) => (i === 0 ? word : <>_<wbr />{word}</>))}</code>;

function Row({ kind, name, now, texts, share, isReason = false }: RowProps) {
  return (
    <tr class={`${isReason ? "reason" : ""} ${texts < 0.5 ? "zero" : ""}`}>
      <td><span class={`swatch ${kind}`} />{isReason ? <Reason name={name} /> : name}</td>
      <td class="r now">{texts < 0.5 ? "0" : small(now)}</td>
      <td class="r">{num(texts)}</td>
      <td class="r">{percent(share)}</td>
      <td><span class="bar"><i class={`swatch ${kind}`} style={{ width: texts < 0.5 ? "0" : `${Math.max(0.8, 100 * share).toFixed(1)}%` }} /></span></td>
    </tr>
  );
}

export function Ledger() {
  const seconds = history.value;
  const recent = seconds.slice(-NOW);
  const whole = accountOf(seconds);
  const now = accountOf(recent);
  const per = Math.max(1, recent.length);
  const share = (texts: number) => (whole.offered > 0 ? texts / whole.offered : 0);
  const rate = textsPerCost(seconds) ?? 0;
  const wasted = seconds.reduce((sum, second) => sum + second.wasted_cost, 0) * rate;
  const wastedNow = recent.reduce((sum, second) => sum + second.wasted_cost, 0) * rate;

  const reasons = (verdicts: readonly string[]) =>
    verdicts.filter((verdict) => (whole.byVerdict[verdict] ?? 0) > 0).map((verdict) => (
      <>
        <Row kind={verdict} name={verdict} isReason now={(now.byVerdict[verdict] ?? 0) / per} texts={whole.byVerdict[verdict] ?? 0} share={share(whole.byVerdict[verdict] ?? 0)} />
        <tr class="advice"><td colSpan={5}>{ADVICE[verdict]}</td></tr>
      </>
    ));
  const row = (kind: "in_time" | "broken" | "refused" | "cancelled" | "invalid", name: string) => (
    <Row kind={kind} name={name} now={now[kind] / per} texts={whole[kind]} share={share(whole[kind])} />
  );
  return (
    <section class="panel ledger" aria-labelledby="ledger-title">
      <div class="panel-head"><h2 id="ledger-title">What became of the work</h2><span class="sub">texts, last 5 minutes</span></div>
      <table>
        <thead>
          <tr><th scope="col">Outcome</th><th class="r" scope="col">/s, last 10 s</th><th class="r" scope="col">texts</th><th class="r" scope="col">share</th><th class="bar-column"><span class="vh">Share</span></th></tr>
        </thead>
        <tbody>
          {row("in_time", "Answered in time")}
          {row("broken", "Failed or late")}
          {reasons(BREACHES)}
          {row("refused", "Refused at once")}
          {reasons(REFUSALS)}
          {row("cancelled", "Cancelled by caller")}
          {whole.invalid > 0 && row("invalid", "Mistakes of callers")}
          <Row kind="wasted" name="Computed for nobody" now={wastedNow / per} texts={wasted} share={share(wasted)} />
        </tbody>
      </table>
    </section>
  );
}
