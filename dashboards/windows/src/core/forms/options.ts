/** Choices for fields whose values come from the city: areas, workers, categories. */
import { listAll, listConditions, listInvitable, listPosts, listWorkers, type Invitable } from "../api/calls";
import type { Incident, Order, Worker } from "../api/types";
import { distanceM } from "../data/judgement";
import en from "../words/en/words.json";
import zh from "../words/zh-CN/words.json";
import { useAreas } from "../data/areas";
import { categoryText, useCategories } from "../data/categories";
import { useIncidents } from "../data/incidents";
import { useWorkers } from "../data/workers";
import type { Choice, FormField } from "./schema";

const AREA_LEVELS = ["town", "community", "grid"];

/** The case, and the order of it, that the form is about. */
export interface About {
  incident: Incident;
  order: Order | null;
}

export async function areaChoices(levels: string[] = AREA_LEVELS): Promise<Choice[]> {
  const areas = useAreas();
  const found = await Promise.all(levels.map((level) => areas.list(level)));
  return found.flat().map(({ properties }) => ({
    value: properties.code,
    label: { zh: properties.name, en: properties.name_en ?? properties.name },
  }));
}

/** Who may be sent: the people of the order's post and of its place, else everybody; the nearest and least busy first. */
async function workerChoices(about: About | null): Promise<Choice[]> {
  const known = [...useWorkers().byId.values()].filter((one) => one.name);
  const all = known.length > 0 ? known : await listAll((query) => listWorkers(query), { limit: 500 });
  const code = about?.order?.holder?.code ?? "";
  const area = code.slice(code.indexOf("-") + 1);
  const fitting = all.filter((one) => one.post === code || (one.path?.includes(area) && one.role !== "handler"));
  const spot = about?.incident.location;
  const far = (one: Worker): number => (spot && one.lon !== null && one.lat !== null ? distanceM(spot, { lon: one.lon, lat: one.lat }) : Number.MAX_VALUE);
  const here = (one: Worker): number => (about?.incident.grid && one.path?.includes(String(about.incident.grid)) ? 0 : 1);
  return (fitting.length > 0 ? fitting : code ? [] : all)
    .toSorted((a, b) => here(a) - here(b) || far(a) - far(b) || (a.open_orders ?? 0) - (b.open_orders ?? 0))
    .map((one) => ({ value: one.id, label: { zh: workerWords(one, far(one), "zh"), en: workerWords(one, far(one), "en") } }));
}
function workerWords(one: Worker, metres: number, language: "zh" | "en"): string {
  const area = typeof one.area === "object" ? one.area : null;
  const place = (language === "en" && area?.name_en) || area?.name || "";
  const distance = metres === Number.MAX_VALUE ? "" : metres < 1000 ? `${Math.round(metres)} m` : `${(metres / 1000).toFixed(1)} km`;
  return [one.name, place, distance].filter(Boolean).join(" · ");
}

const personWords = (one: Invitable, roles: Record<string, string>, language: "zh" | "en"): string =>
  [one.name, roles[one.role], one.at[language]].filter(Boolean).join(" · ");
async function personChoices(): Promise<Choice[]> {
  const { items } = await listInvitable();
  return items.map((one) => ({ value: one.username, label: { zh: personWords(one, zh.role, "zh"), en: personWords(one, en.role, "en") } }));
}

async function categoryChoices(): Promise<Choice[]> {
  const categories = useCategories();
  await categories.load();
  return categories.items.map((one) => ({ value: one.code, label: categoryText(one) }));
}

/** Who can hold a case, as the server names them; departments first. */
export async function postChoices(kinds?: string[]): Promise<Choice[]> {
  const all = await listAll((query) => listPosts(query), { limit: 500 });
  const posts = kinds ? all.filter((post) => kinds.includes(post.kind)) : all;
  const departments = posts.filter((post) => post.kind === "department");
  const others = posts.filter((post) => post.kind !== "department");
  return [...departments, ...others].map((post) => ({
    value: post.code,
    label: { zh: post.name, en: post.name_en || post.name },
  }));
}

/** The holders that this page has met, to name a code without asking. */
export function holderChoices(): { value: string; label: { zh: string; en: string } }[] {
  const incidents = useIncidents();
  const met = incidents.all.flatMap((one) => [one.holder, ...one.orders.map((order) => order.holder)]);
  const named = new Map(met.flatMap((holder) => (holder ? [[holder.code, holder] as const] : [])));
  return [...named.values()]
    .map((holder) => ({ value: holder.code, label: { zh: holder.name, en: holder.name_en ?? holder.name } }))
    .sort((a, b) => a.label.zh.localeCompare(b.label.zh, "zh-CN"));
}

/** The standards of the category that is chosen in the form, else of the one the case has. */
async function standardChoices(field: FormField, category: string): Promise<Choice[]> {
  if (category === "" || category === field.schema["x-category"])
    return Object.entries(field.schema["x-enum-titles"] ?? {}).map(([value, label]) => ({ value, label }));
  const found = await listConditions(category);
  return found.items.map((one) => ({ value: one.id, label: one.condition }));
}

/** None for a field that is typed by hand; ``category`` is the one chosen in the same form. */
export async function choicesFor(field: FormField, category = "", about: About | null = null): Promise<Choice[]> {
  if (field.kind === "filing_condition") return standardChoices(field, category).catch(() => []);
  if (field.choices.length > 0) return field.choices;
  if (field.kind === "area") return areaChoices(field.schema["x-levels"]);
  if (field.kind === "department") return postChoices(field.schema["x-posts"] ?? field.schema.items?.["x-posts"]).catch(() => holderChoices());
  if (field.kind === "worker") return workerChoices(about).catch(() => []);
  if (field.kind === "persons") return personChoices().catch(() => []);
  if (field.kind === "category") return categoryChoices();
  return [];
}
