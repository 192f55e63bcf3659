import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import "./style/tokens.css";
import "./style/base.css";
import "./style/shell.css";
import "./style/overview.css";
import "./style/pages.css";
import { App } from "./App";
import { watchPaint } from "./charts/paint_version";
import { follow } from "./state/store";
import { keepPlaceInAddress } from "./state/url";

keepPlaceInAddress();
watchPaint();
render(<App />, document.getElementById("app")!);
follow();
