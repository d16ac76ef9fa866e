/** Choices for fields whose values come from the city: areas, workers, categories. */
import { listAll, listConditions, listPosts, listWorkers } from "../api/calls";
import { useAreas } from "../data/areas";
import { categoryText, useCategories } from "../data/categories";
import { useIncidents } from "../data/incidents";
import { useWorkers } from "../data/workers";
import type { Choice, FormField } from "./schema";

const AREA_LEVELS = ["town", "community", "grid"];

async function areaChoices(): Promise<Choice[]> {
  const areas = useAreas();
  const found = await Promise.all(AREA_LEVELS.map((level) => areas.list(level)));
  return found.flat().map(({ properties }) => ({
    value: properties.code,
    label: { zh: properties.name, en: properties.name_en ?? properties.name },
  }));
}

async function workerChoices(): Promise<Choice[]> {
  const known = [...useWorkers().byId.values()];
  const workers = known.length > 0 ? known : await listAll((query) => listWorkers(query), { limit: 500 });
  return workers.map((worker) => ({ value: worker.id, label: worker.name }));
}

async function categoryChoices(): Promise<Choice[]> {
  const categories = useCategories();
  await categories.load();
  return categories.items.map((one) => ({ value: one.code, label: categoryText(one) }));
}

/** Who can hold a case, as the server names them; departments first. */
async function postChoices(): Promise<Choice[]> {
  const posts = await listAll((query) => listPosts(query), { limit: 500 });
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
export async function choicesFor(field: FormField, category = ""): Promise<Choice[]> {
  if (field.kind === "filing_condition") return standardChoices(field, category).catch(() => []);
  if (field.choices.length > 0) return field.choices;
  if (field.kind === "area") return areaChoices();
  if (field.kind === "department") return postChoices().catch(() => holderChoices());
  if (field.kind === "worker") return workerChoices().catch(() => []);
  if (field.kind === "category") return categoryChoices();
  return [];
}
