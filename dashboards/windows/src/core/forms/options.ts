/** Choices for fields whose values come from the city: areas, workers, categories. */
import { listAll, listWorkers } from "../api/calls";
import { useAreas } from "../data/areas";
import { categoryText, useCategories } from "../data/categories";
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

/** None for a field that is typed by hand. */
export async function choicesFor(field: FormField): Promise<Choice[]> {
  if (field.choices.length > 0) return field.choices;
  if (field.kind === "area") return areaChoices();
  if (field.kind === "worker") return workerChoices().catch(() => []);
  if (field.kind === "category") return categoryChoices();
  return [];
}
