/** Reads the JSON Schema of an action into form fields; both kits draw from the same reading. */
import type { ActionSchema, FieldSchema, Text } from "../api/types";

export type FieldKind =
  | "text" | "long" | "number" | "integer" | "boolean" | "choice" | "choices" | "ids"
  | "photos" | "voice" | "date" | "datetime" | "incident" | "area" | "department" | "worker" | "category" | "filing_condition" | "place" | "persons";
export interface Choice {
  value: string | number;
  label: Text;
}
export interface FormField {
  name: string;
  kind: FieldKind;
  label: Text;
  hint: string;
  required: boolean;
  choices: Choice[];
  initial: unknown;
  many: boolean;
  least: number;
  schema: FieldSchema;
}
export type Values = Record<string, unknown>;

/** What the page fills in by itself: which state the person saw, when and where the act was. */
const OWN = new Set(["version", "after", "at", "lon", "lat", "accuracy_m", "voice"]);
/** Voice notes are recorded on the phone only; a form says whether it takes them. */
export const takesVoice = (schema: ActionSchema | null): boolean => schema?.properties?.["voice"] !== undefined;
/** Asked only of who has no photo. */
export const NO_PHOTO = "no_photo_reason";

export function fieldsOf(schema: ActionSchema | null): FormField[] {
  const required = new Set(schema?.required ?? []);
  return Object.entries(schema?.properties ?? {})
    .filter(([name]) => !OWN.has(name))
    .map(([name, field]) => readField(name, plain(field), required.has(name)));
}

/** `anyOf: [X, null]` is how an optional X is written. */
function plain(field: FieldSchema): FieldSchema {
  const options = field.anyOf?.filter((one) => one.type !== "null") ?? [];
  return options.length === 1 ? { ...field, ...options[0] } : field;
}

const typeOf = (field: FieldSchema): string =>
  (Array.isArray(field.type) ? field.type.find((one) => one !== "null") : field.type) ?? "string";

function readField(name: string, field: FieldSchema, required: boolean): FormField {
  const choices = choicesOf(field);
  const kind = kindOf(field, choices);
  return {
    name,
    kind,
    label: { zh: field.title ?? name, en: field["x-en"] ?? field.title ?? name },
    hint: field.description ?? "",
    required: required || (field.minItems ?? 0) > 0,
    choices,
    // A yes or no that must be given starts unanswered: silence is not a no.
    initial: field.default ?? (kind === "boolean" && !required ? false : typeOf(field) === "array" ? [] : ""),
    many: typeOf(field) === "array",
    least: field.minItems ?? (required && typeOf(field) === "array" ? 1 : 0),
    schema: field,
  };
}

function choicesOf(field: FieldSchema): Choice[] {
  const from = typeOf(field) === "array" && field.items ? plain(field.items) : field;
  const titles = { ...from["x-enum"], ...from["x-enum-titles"], ...field["x-enum"], ...field["x-enum-titles"] };
  if (from.oneOf) return from.oneOf.map((one) => ({ value: one.const, label: { zh: one.title ?? String(one.const), en: one["x-en"] ?? one.title ?? String(one.const) } }));
  return (from.enum ?? []).map((value) => ({ value, label: titles[String(value)] ?? String(value) }));
}

function kindOf(field: FieldSchema, choices: Choice[]): FieldKind {
  const widget = field["x-widget"] ?? field.items?.["x-widget"];
  if (widget === "photos" || widget === "filing_condition") return widget;
  const type = typeOf(field);
  if (choices.length > 0) return type === "array" ? "choices" : "choice";
  if (widget && widget !== "text") return widget;
  if (type === "array") return "ids";
  if (type === "boolean" || type === "integer" || type === "number") return type;
  return widget === "text" || (field.maxLength ?? 0) > 200 ? "long" : "text";
}

export const startValues = (fields: FormField[]): Values =>
  Object.fromEntries(fields.map((field) => [field.name, Array.isArray(field.initial) ? [...field.initial] : field.initial]));

/** The same where yes and no are two buttons: neither is pressed before a person presses it, also where none must be. */
export const unansweredValues = (fields: FormField[]): Values => ({
  ...startValues(fields),
  ...Object.fromEntries(fields.filter((field) => field.kind === "boolean" && field.schema.default === undefined).map((field) => [field.name, ""])),
});

const isEmpty = (value: unknown): boolean =>
  value === "" || value === null || value === undefined || (Array.isArray(value) && value.length === 0);

/** Photos that are not in the values yet; and whether, as for a worker, it is a photo or the reason for none. */
export interface PhotoState {
  count: number;
  orReason: boolean;
}

/** Names of the fields that are not filled as they must be. */
export function missingIn(fields: FormField[], values: Values, photos: PhotoState = { count: 0, orReason: false }): string[] {
  const wantsReason = photos.orReason && photos.count === 0;
  return fields.filter((field) => isMissing(field, values[field.name], field.kind === "photos" ? photos.count : 0, wantsReason)).map((field) => field.name);
}

function isMissing(field: FormField, value: unknown, photos: number, wantsReason: boolean): boolean {
  if (field.kind === "photos" && photos > 0) return photos < field.least;
  if (isEmpty(value)) return field.required || (field.name === NO_PHOTO && wantsReason);
  if (typeof value === "string") return value.trim().length < (field.schema.minLength ?? 0);
  return Array.isArray(value) && value.length < field.least;
}

/** Of alternatives ("an area or a department") none is met: the fields that would meet them. */
export function alternativesMissing(schema: ActionSchema | null, fields: FormField[], values: Values): FormField[] {
  const options = (schema?.anyOf ?? schema?.oneOf ?? []).map((one) => one.required ?? []);
  if (options.length === 0 || options.some((names) => names.every((name) => !isEmpty(values[name])))) return [];
  return fields.filter((field) => options.some((names) => names.includes(field.name)));
}

/** The fields as they stand with these values: what a choice needs must be given, what only another needs is not asked. */
export function fieldsNow(schema: ActionSchema | null, fields: FormField[], values: Values): FormField[] {
  const rules = schema?.allOf ?? [];
  const chosen = rules.filter((rule) => Object.entries(rule.if.properties).every(([name, is]) => values[name] === is.const)).map((rule) => rule.then);
  const needed = new Set(chosen.flatMap((then) => then.required ?? []));
  const asked = (name: string): boolean => needed.has(name) || !rules.some((rule) => rule.then.required?.includes(name));
  const left = (name: string): (string | number)[] | undefined => chosen.find((then) => then.properties?.[name]?.enum)?.properties?.[name]?.enum;
  return fields.filter((field) => asked(field.name)).map((field) => {
    const few = left(field.name);
    return { ...field, required: field.required || needed.has(field.name), choices: few ? field.choices.filter((one) => few.includes(one.value)) : field.choices };
  });
}

/** What is sent: empty optional fields are left out, numbers are numbers. */
export function bodyOf(fields: FormField[], values: Values): Values {
  const body: Values = {};
  for (const { name, kind } of fields) {
    const value = values[name];
    if (isEmpty(value)) continue;
    body[name] = kind === "integer" || kind === "number" || kind === "incident" ? Number(value) : typeof value === "string" ? value.trim() : value;
  }
  return body;
}
