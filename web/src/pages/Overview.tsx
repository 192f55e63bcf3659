import { isIdle } from "../state/store";
import { Events } from "../panels/Events";
import { FirstSteps } from "../panels/FirstSteps";
import { Ledger } from "../panels/Ledger";
import { Slowest } from "../panels/Slowest";
import { Strip } from "../panels/Strip";
import { Timeline } from "../panels/Timeline";
import { Workers } from "../panels/Workers";

export function Overview() {
  return (
    <>
      <Strip />
      <div class="board">
        {isIdle.value ? <FirstSteps /> : <Timeline />}
        <div class="rail">
          <Ledger />
          <Workers />
          <Slowest />
          <Events />
        </div>
      </div>
    </>
  );
}
