import { describe, expect, it } from "vitest";
import { messagesOf } from "@core/words";

type Tree = { [key: string]: string | Tree };

function leaves(tree: Tree, path = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === "string") found.set(`${path}${key}`, value);
    else for (const [inner, text] of leaves(value, `${path}${key}.`)) found.set(inner, text);
  }
  return found;
}
const zh = leaves(messagesOf("zh-CN") as Tree);
const en = leaves(messagesOf("en") as Tree);
const holes = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "").sort();

describe("words", () => {
  it("has the same keys in both languages", () => {
    expect([...zh.keys()].sort()).toEqual([...en.keys()].sort());
    expect(zh.size).toBeGreaterThan(400);
  });
  it("says nothing empty", () => {
    expect([...zh, ...en].filter(([, text]) => text.trim() === "")).toEqual([]);
  });
  it("asks for the same values in both languages", () => {
    const differing = [...zh].filter(([key, text]) => holes(text).some((hole) => !holes(en.get(key) ?? "").includes(hole)));
    expect(differing.map(([key]) => key)).toEqual([]);
  });
  it("has a sentence for every kind of journal entry", () => {
    const kinds = `incident_opened signal_joined signal_updated signal_ended accepted verify_sent verified filed dispatched order_issued
      order_assigned order_delivered order_read signed arrived cannot_handle disposed check_sent checked closed rejected returned
      escalated answered assisted arbitrated reworked revisited reopened urged supervised taken_over category_changed unmasked
      candidate_opened candidate_confirmed candidate_dismissed storm_grown quarantine_retried worker_shift city_loaded`.split(/\s+/);
    expect(kinds.filter((kind) => !zh.has(`sentence.${kind}`))).toEqual([]);
  });
  it("keeps English out of the Chinese and Chinese out of the English", () => {
    const chinese = /[\u4e00-\u9fff]/;
    const mixed = [...en].filter(([key, text]) => chinese.test(text) && key !== "marks.language");
    expect(mixed).toEqual([]);
  });
});
