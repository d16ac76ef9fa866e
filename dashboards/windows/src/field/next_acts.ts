/** What a worker does next with an order, also while the server cannot be asked. */
import type { Action, ActionSchema, FieldSchema, Order } from "@core/api/types";
import type { OutboxEntry } from "./phone_store";

export const ENDED = new Set(["done", "cannot_handle", "returned", "cancelled"]);
const AFTER: Record<string, string> = {
  receive: "received", read: "read", sign: "signed", arrive: "arrived", cannot_handle: "cannot_handle", return: "returned",
  verify: "done", check: "done", dispose: "done", visit: "done",
};
const FINISH: Record<string, string> = { verify: "verify", check: "check", patrol: "visit" };
const ORDER_OF_ACTS = ["sign", "arrive", "verify", "check", "visit", "dispose", "return", "cannot_handle"];
/** Told by the phone itself, not by its owner. */
export const SILENT = new Set(["receive", "read"]);

/** The state as it will be when the phone's own acts have arrived. */
export function stateAhead(order: Order, waiting: OutboxEntry[]): string {
  const mine = waiting.filter((entry) => String(entry.order) === String(order.id));
  return mine.reduce((state, entry) => AFTER[entry.action] ?? state, order.state);
}

/* Plain forms, for a phone that has never been told better; the server's own are learned as soon as it is reached. */
const photos: FieldSchema = { type: "array", items: { type: "string" }, title: "现场照片", "x-en": "Photos", "x-widget": "photos" };
const noPhoto: FieldSchema = { type: "string", title: "无照片的理由", "x-en": "Why there is no photo", maxLength: 200 };
const text = (title: string, en: string): FieldSchema => ({ type: "string", title, "x-en": en, "x-widget": "text", minLength: 1 });
const yesNo = (title: string, en: string): FieldSchema => ({ type: "boolean", title, "x-en": en });
const voice: FieldSchema = { type: "array", items: { type: "string" }, title: "语音说明", "x-en": "Voice notes", "x-widget": "voice" };
const form = (required: string[], properties: Record<string, FieldSchema>): ActionSchema => ({ type: "object", properties, required });
const place: Record<string, FieldSchema> = { lon: { type: "number" }, lat: { type: "number" }, accuracy_m: { type: "number" } };
const PLAIN: Record<string, ActionSchema> = {
  arrive: form([], { photos, voice, ...place }),
  dispose: form(["result"], { result: text("处置结果", "Result"), closing_met: yesNo("结案条件已满足", "The closing condition is met"), photos, no_photo_reason: noPhoto, voice, ...place }),
  verify: form(["is_true"], { is_true: yesNo("情况属实", "It is true"), photos, no_photo_reason: noPhoto, voice, ...place }),
  check: form(["passed"], { passed: yesNo("核查通过", "Passed"), photos, no_photo_reason: noPhoto, voice, ...place }),
  visit: form(["lon", "lat", "accuracy_m"], { ...place, photos, voice, finding: text("发现的问题", "What was found") }),
  cannot_handle: form(["reason"], { reason: text("理由", "Reason"), photos, voice, ...place }),
};

export const formName = (kind: string, action: string): string => `${kind}/${action}`;

/** Without the server: the usual course, with the form that was learned for it, else a plain one. */
export function usualActs(order: Order, state: string, forms: Map<string, ActionSchema>): Action[] {
  const finish = FINISH[order.kind] ?? "dispose";
  const names: Record<string, string[]> = {
    issued: ["sign", "cannot_handle"], received: ["sign", "cannot_handle"], read: ["sign", "cannot_handle"],
    signed: ["arrive", "cannot_handle"], arrived: [finish, "cannot_handle"],
  };
  return (names[state] ?? []).map((action) => ({
    action,
    order: order.id,
    schema: heldToStandard(order, action, forms.get(`${order.id}/${action}`) ?? forms.get(formName(order.kind, action)) ?? PLAIN[action] ?? null),
  }));
}

/** Who ends the lead order says that the closing condition is met; who only helps is not asked. */
function heldToStandard(order: Order, action: string, schema: ActionSchema | null): ActionSchema | null {
  if (action !== "dispose" || !schema?.properties) return schema;
  const required = (schema.required ?? []).filter((name) => name !== "closing_met");
  const properties = { ...schema.properties, closing_met: PLAIN.dispose?.properties?.closing_met ?? {} };
  return { ...schema, properties, required: order.is_lead ? [...required, "closing_met"] : required };
}

/** The server's offers for this order, the next step first. */
export function offeredActs(order: Order, offers: Action[]): Action[] {
  const rank = (action: Action): number => {
    const rankOf = ORDER_OF_ACTS.indexOf(action.action);
    return rankOf < 0 ? ORDER_OF_ACTS.length : rankOf;
  };
  return offers
    .filter((offer) => String(offer.order) === String(order.id) && !SILENT.has(offer.action))
    .sort((a, b) => rank(a) - rank(b));
}
