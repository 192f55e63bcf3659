import { expect, test } from "vitest";
import { shownSettings, valuesOf } from "./settings";
import type { Setting } from "../state/types";

const ALL: Setting[] = [
  { name: "grpc_listen", value: "127.0.0.1:50050", origin: "default", place: "default" },
  { name: "workers", value: "3", origin: "flag", place: "--workers" },
  { name: "allow_origin", value: "http://a,http://b", origin: "file", place: "shoal.toml:4" },
];
const names = (settings: Setting[]) => settings.map((setting) => setting.name);

test("only what differs from the default", () => {
  expect(names(shownSettings(ALL, "", true))).toEqual(["workers", "allow_origin"]);
});

test("by the name of the option or of the key, by value, by place", () => {
  expect(names(shownSettings(ALL, "--grpc-listen", false))).toEqual(["grpc_listen"]);
  expect(names(shownSettings(ALL, "grpc_l", false))).toEqual(["grpc_listen"]);
  expect(names(shownSettings(ALL, "TOML", false))).toEqual(["allow_origin"]);
});

test("a list is its values, an empty value is none", () => {
  expect(ALL.map(valuesOf)).toEqual([["127.0.0.1:50050"], ["3"], ["http://a", "http://b"]]);
  expect(valuesOf({ name: "coordinator", value: "", origin: "default", place: "default" })).toEqual([]);
});
