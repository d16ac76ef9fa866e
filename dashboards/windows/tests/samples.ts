import type { Incident, Order } from "@core/api/types";

export const order = (change: Partial<Order> = {}): Order => ({
  id: 70, kind: "dispose", state: "issued", holder: { kind: "grid", code: "G1", name: "第一网格" },
  assignee: { id: "w1", name: "张**" }, clocks: [], ...change,
});
export const incident = (change: Partial<Incident> = {}): Incident => ({
  number: 7, title: "井盖移位", domain: "urban_management", category: "UM-01002", severity: 5, urgency: "normal",
  sensitive: false, drill: false, state: "handling", level: "town", area: { code: "321311100", name: "来龙镇" },
  location: { lon: 118.4, lat: 33.9 }, holder: { kind: "town", code: "321311100", name: "来龙镇综合指挥中心" }, orders: [],
  clocks: [], sources: [], version: 3, opened_at: "2026-03-01T06:00:00Z", updated_at: "2026-03-01T06:00:00Z", closed_at: null,
  ...change,
});
