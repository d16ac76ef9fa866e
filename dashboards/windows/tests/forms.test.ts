import { flushPromises, mount } from "@vue/test-utils";
import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ActionSchema } from "@core/api/types";
import { choicesFor } from "@core/forms/options";
import { fieldsNow, fieldsOf, type FormField } from "@core/forms/schema";
import { createWords } from "@core/words";
import SchemaField from "../src/desk/SchemaField.vue";
import served from "./forms.json";

/** Every form of the table of moves as the server gives it (tests/command_center/test_every_move.py keeps the file true). */
const FORMS = served as unknown as { action: string; label: { zh: string; en: string }; schema: ActionSchema }[];
vi.mock("@core/api/calls", async (original) => {
  const page = (items: unknown[]) => Promise.resolve({ items, next: null });
  return {
    ...(await original<object>()),
    getAreas: () => Promise.resolve({ type: "FeatureCollection", features: ["town", "community", "grid"].map((level) => ({ type: "Feature", geometry: null, properties: { code: level, level, name: "来龙镇", name_en: "Lailong", parent: "" } })) }),
    listAll: (ask: (query: object) => Promise<{ items: unknown[] }>) => ask({}).then((found) => found.items),
    listPosts: () => page(["department", "team", "desk"].map((kind) => ({ code: `${kind}-1`, kind, name: "区住建局", name_en: "Housing Bureau" }))),
    listWorkers: () => page([{ id: "gw-1", name: "张三", role: "grid_worker", lon: null, lat: null, post: "grid-1", path: [] }]),
    listInvitable: () => page([{ username: "u1", name: "李四", role: "liaison", at: { zh: "区住建局", en: "Housing Bureau" } }]),
    listCategories: () => page([{ code: "UM-01001", name: "供水井盖", name_en: "manhole cover" }]),
    listConditions: () => page([]),
    listSimilar: () => page([]),
  };
});
const CHOSEN = ["choice", "choices", "area", "department", "worker", "persons", "category"];
const TYPED_CODES = new Set(["hand_up.system", "hand_up.number"]);
const all = FORMS.flatMap(({ action, schema }) => fieldsOf(schema).map((field): [string, FormField] => [`${action}.${field.name}`, field]));

/** The same field in many forms is drawn once. */
const once = [...new Map(all.map(([name, field]) => [JSON.stringify({ ...field, schema: 0 }), [name, field] as const])).values()];

describe("the forms of the whole table of moves", () => {
  it("name each field in both languages, in words, none by its code", () => {
    const chinese = all.filter(([, field]) => !/[\u4e00-\u9fff]/.test((field.label as { zh: string }).zh)).map(([name]) => name);
    const english = all.filter(([name, field]) => !/^[\x20-\x7eⅠ-Ⅳ–’]+$/u.test((field.label as { en: string }).en) && !name.endsWith("closing_met")).map(([name]) => name);
    const codes = all.filter(([, field]) => /[a-z]_[a-z]/.test(JSON.stringify([field.label, field.choices.map((one) => one.label)]))).map(([name]) => name);
    expect({ chinese, english, codes }).toEqual({ chinese: [], english: [], codes: [] });
  });
  it("have a widget for each: no code is typed, no list of ids", () => {
    expect(all.filter(([, field]) => field.kind === "ids").map(([name]) => name)).toEqual([]);
    const short = all.filter(([name, field]) => field.kind === "text" && !TYPED_CODES.has(name)).map(([name]) => name);
    expect(short.filter((name) => !/\.(source|place|no_photo_reason)$/.test(name))).toEqual([]);
  });
  it("offer something wherever one chooses", async () => {
    setActivePinia(createPinia());
    const empty: string[] = [];
    for (const [name, field] of all) if (CHOSEN.includes(field.kind) && (await choicesFor(field)).length === 0) empty.push(name);
    expect(empty).toEqual([]);
  });
  it("ask of a report upward what its kind needs", () => {
    const schema = FORMS.find((one) => one.action === "report_up")?.schema ?? null;
    const asked = (kind: string) => fieldsNow(schema, fieldsOf(schema), { kind, to: "city" }).filter((field) => field.required).map((field) => field.name);
    expect(asked("phone")).toEqual(expect.arrayContaining(["kind", "place", "nature"]));
    expect(asked("first").length).toBeGreaterThan(10);
    expect(asked("final")).toEqual(expect.arrayContaining(["progress", "outcome"]));
  });
});

describe.each(["zh-CN", "en"] as const)("drawn in %s", (language) => {
  let plugins: unknown[] = [];
  beforeEach(() => {
    localStorage.setItem("citybrain.language", language);
    plugins = [createPinia(), createWords()];
  });
  it("each field has its label, its mark and something to fill it with", async () => {
    const bare: string[] = [];
    for (const [name, field] of once) {
      const drawn = mount(SchemaField, { props: { field, missing: true, modelValue: field.initial, fault: "" }, global: { plugins: plugins as never[] } });
      await flushPromises();
      const words = drawn.text();
      const label = (field.label as { zh: string; en: string })[language === "en" ? "en" : "zh"];
      const widget = drawn.find("input, textarea, [role=radiogroup], .el-select, .el-date-editor").exists();
      const marked = !field.required || words.includes(language === "en" ? "required" : "必填");
      if (!widget || !marked || !words.toLowerCase().includes(label.toLowerCase()) || /\b[a-z]+(_[a-z]+)+\b/.test(words)) bare.push(`${name}: ${words}`);
      drawn.unmount();
    }
    expect(bare).toEqual([]);
  }, 180_000);
});
