/** What a worker does next with an order, also while the server cannot be asked. */
import type { Action, ActionSchema, Order } from "@core/api/types";
import type { OutboxEntry } from "./phone_store";

export const ENDED = new Set(["done", "cannot_handle", "returned", "cancelled"]);
const AFTER: Record<string, string> = {
  receive: "received", read: "read", sign: "signed", arrive: "arrived", cannot_handle: "cannot_handle", return: "returned",
  verify: "done", check: "done", dispose: "done", done: "done", attend: "done",
};
const FINISH: Record<string, string> = { verify: "verify", check: "check", dispose: "dispose", attend: "done", patrol: "done" };
const ORDER_OF_ACTS = ["sign", "arrive", "verify", "check", "dispose", "done", "return", "cannot_handle"];
/** Told by the phone itself, not by its owner. */
export const SILENT = new Set(["receive", "read"]);

/** The state as it will be when the phone's own acts have arrived. */
export function stateAhead(order: Order, waiting: OutboxEntry[]): string {
  const mine = waiting.filter((entry) => String(entry.order) === String(order.id));
  return mine.reduce((state, entry) => AFTER[entry.action] ?? state, order.state);
}

const photos: ActionSchema = {
  type: "object",
  properties: {
    attachments: { type: "array", items: { type: "string" }, title: "现场照片", "x-en": "Photos", "x-widget": "photos", minItems: 1 },
    note: { type: "string", title: "说明", "x-en": "Note", "x-widget": "text" },
  },
  required: ["attachments"],
};
const reason: ActionSchema = {
  type: "object",
  properties: { reason: { type: "string", title: "原因", "x-en": "Reason", minLength: 1 } },
  required: ["reason"],
};
const nothing: ActionSchema = { type: "object", properties: {} };

export const formName = (kind: string, action: string): string => `${kind}/${action}`;

/** Without the server: the usual course, with the form that was learned for it, else a plain one. */
export function usualActs(order: Order, state: string, forms: Map<string, ActionSchema>): Action[] {
  const finish = FINISH[order.kind] ?? "done";
  const names: Record<string, string[]> = {
    issued: ["sign", "cannot_handle"], received: ["sign", "cannot_handle"], read: ["sign", "cannot_handle"],
    signed: ["arrive", "cannot_handle"], arrived: [finish, "cannot_handle"],
  };
  const plain = (action: string): ActionSchema => (action === "cannot_handle" ? reason : action === finish ? photos : nothing);
  return (names[state] ?? []).map((action) => ({
    action,
    order: order.id,
    schema: forms.get(formName(order.kind, action)) ?? plain(action),
  }));
}

/** The server's offers for this order, the next step first. */
export function offeredActs(order: Order, offers: Action[]): Action[] {
  const rank = (action: Action): number => {
    const place = ORDER_OF_ACTS.indexOf(action.action);
    return place < 0 ? ORDER_OF_ACTS.length : place;
  };
  return offers
    .filter((offer) => String(offer.order) === String(order.id) && !SILENT.has(offer.action))
    .sort((a, b) => rank(a) - rank(b));
}
