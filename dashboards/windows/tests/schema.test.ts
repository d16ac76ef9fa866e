import { describe, expect, it } from "vitest";
import type { ActionSchema } from "@core/api/types";
import { bodyOf, fieldsNow, fieldsOf, missingIn, startValues, unansweredValues } from "@core/forms/schema";
import { bodyOfCall } from "../src/desk/call_draft";

const schema = {
  type: "object",
  properties: {
    version: { type: "integer" },
    after: { type: "string" },
    department: { type: "string", title: "主办部门", "x-en": "Lead", "x-widget": "department" as const, enum: ["D1"], "x-enum-titles": { D1: { zh: "区住建局", en: "Housing" } } },
    passed: { type: "boolean", title: "通过" },
    days: { type: "integer", minimum: 1 },
    reason: { anyOf: [{ type: "string", minLength: 2 }, { type: "null" }] },
    attachments: { type: "array", items: { type: "string" }, "x-widget": "photos" as const, minItems: 1 },
    to: { type: "array", items: { type: "string", enum: ["A", "B"] } },
    place: { type: "string", "x-widget": "area" as const },
    note: { type: "string", "x-widget": "text" as const },
  },
  required: ["version", "department", "passed"],
};

describe("action forms", () => {
  it("says neither yes nor no for a person, also where none must be said", () => {
    const [sure] = fieldsOf({ type: "object", properties: { sure: { type: "boolean", title: "确认" } }, required: [] });
    const flags = sure ? [sure] : [];
    expect([bodyOf(flags, unansweredValues(flags)), bodyOf(flags, { sure: false })]).toEqual([{}, { sure: false }]);
  });
  const fields = fieldsOf(schema);
  it("reads every kind of field and keeps its own to itself", () => {
    expect(Object.fromEntries(fields.map((field) => [field.name, field.kind]))).toEqual({
      department: "choice", passed: "boolean", days: "integer", reason: "text", attachments: "photos", to: "choices", place: "area", note: "long",
    });
    expect(fields[0]).toMatchObject({ label: { zh: "主办部门", en: "Lead" }, required: true, choices: [{ value: "D1", label: { zh: "区住建局", en: "Housing" } }] });
  });
  it("names what is missing", () => {
    const values = startValues(fields);
    expect(missingIn(fields, values)).toEqual(["department", "passed", "attachments"]);
    expect(missingIn(fields, { ...values, department: "D1", passed: false, attachments: ["a"], reason: "x" })).toEqual(["reason"]);
  });
  it("asks what a choice needs, and not what only another choice needs", () => {
    const rules = JSON.parse(`[
      {"if": {"properties": {"kind": {"const": "first"}}}, "then": {"required": ["nature"]}},
      {"if": {"properties": {"kind": {"const": "final"}}}, "then": {"required": ["progress"]}},
      {"if": {"properties": {"to": {"const": "city"}}}, "then": {"properties": {"kind": {"enum": ["final"]}}}}]`) as ActionSchema["allOf"];
    const report = {
      properties: { to: { enum: ["district", "city"] }, kind: { enum: ["first", "final"] }, nature: { type: "string" }, progress: { type: "string" } },
      required: ["kind"],
      allOf: rules,
    };
    const all = fieldsOf(report);
    expect(fieldsNow(report, all, {}).map((field) => field.name)).toEqual(["to", "kind"]);
    const now = fieldsNow(report, all, { to: "city", kind: "final" });
    expect(now.map((field) => [field.name, field.required, field.choices.length])).toEqual([["to", false, 2], ["kind", true, 1], ["progress", true, 0]]);
    expect(missingIn(now, { kind: "final" })).toEqual(["progress"]);
  });
  it("wants a worker's photo, or the reason for none", () => {
    const dispose = fieldsOf({ properties: { photos: { type: "array", "x-widget": "photos" }, no_photo_reason: { type: "string" }, lon: { type: "number" } } });
    expect(dispose.map((field) => field.name)).toEqual(["photos", "no_photo_reason"]);
    expect(missingIn(dispose, {}, { count: 0, orReason: true })).toEqual(["no_photo_reason"]);
    expect(missingIn(dispose, { no_photo_reason: "隐私" }, { count: 0, orReason: true })).toEqual([]);
    expect(missingIn(dispose, {}, { count: 1, orReason: true })).toEqual([]);
    expect(missingIn(dispose, {})).toEqual([]);
  });
  it("sends numbers as numbers and nothing that is empty", () => {
    const values = { ...startValues(fields), department: "D1", passed: false, days: "3", note: "  text ", to: [] };
    expect(bodyOf(fields, values)).toEqual({ department: "D1", passed: false, days: 3, note: "text" });
  });
  it("an action without a schema asks nothing", () => {
    expect(fieldsOf(null)).toEqual([]);
  });
});

describe("a call", () => {
  const draft = { text: " 井盖翘起 ", category: "", placeText: "", town: "321311100", lon: null, lat: null, channel: "phone", name: "", phone: "", anonymous: false, wantsReply: false, attachments: [], orderNumber: "", orderDue: "", join: null };
  it("needs words and a town, and sends no more than it knows", () => {
    expect(bodyOfCall(draft)).toEqual({ text: "井盖翘起", town: "321311100", channel: "phone" });
  });
  it("names the hotline's order only where it came from the hotline", () => {
    const order = { ...draft, orderNumber: " GD-1 ", orderDue: "2026-11-23T09:00:00+0800" };
    expect(bodyOfCall(order)).not.toHaveProperty("upstream");
    expect(bodyOfCall({ ...order, channel: "12345" })).toMatchObject({ upstream: { system: "12345", number: "GD-1", due_at: "2026-11-23T09:00:00+0800" } });
  });
  it("sends the place in degrees and the caller when there is one", () => {
    expect(bodyOfCall({ ...draft, lon: 118.4, lat: 33.9, phone: "1", wantsReply: true, join: 12 })).toMatchObject({
      lon: 118.4, lat: 33.9, coord_sys: "wgs84", join: 12, reporter: { phone: "1", anonymous: false, wants_reply: true },
    });
  });
});
