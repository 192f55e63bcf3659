// Settings of the server: which are shown, and how their values read.
import type { Setting } from "../state/types";
import { hasAll, wordsOf } from "./filter";

/** Repeatable options: docs/configuration.md says "one more" of them. */
const LISTS = new Set(["dashboard_host", "model_alias", "allow_origin"]);

export const ORIGINS: Record<Setting["origin"], string> = { default: "default", file: "file", variable: "environment", flag: "flag" };

export const valuesOf = (setting: Setting): string[] =>
  setting.value === "" ? [] : LISTS.has(setting.name) ? setting.value.split(",") : [setting.value];

/** By its name, with '_' or '-', its value or where it comes from. */
const textOf = (setting: Setting): string =>
  [setting.name, `--${setting.name.replaceAll("_", "-")}`, setting.value, ORIGINS[setting.origin], setting.place].join(" ").toLowerCase();

export function shownSettings(settings: readonly Setting[], filter: string, onlyChanged: boolean): Setting[] {
  const words = wordsOf(filter);
  return settings.filter((setting) => (!onlyChanged || setting.origin !== "default") && hasAll(textOf(setting), words));
}
