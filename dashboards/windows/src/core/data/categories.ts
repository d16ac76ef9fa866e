/** Names of categories by code, from the city's catalogue; empty where the server offers no list. */
import { defineStore } from "pinia";
import { computed, shallowRef } from "vue";
import { listAll, listCategories } from "../api/calls";
import type { Category, Text } from "../api/types";

export const useCategories = defineStore("categories", () => {
  const items = shallowRef<Category[]>([]);
  const byCode = computed(() => new Map(items.value.map((one) => [one.code, one])));
  let asked: Promise<void> | null = null;

  function nameOf(code: string): Text | null {
    const found = byCode.value.get(code);
    return found ? categoryText(found) : null;
  }
  async function load(): Promise<void> {
    asked ??= listAll(() => listCategories(), {}, 500)
      .then((found) => void (items.value = found))
      .catch(() => void (asked = null));
    return asked;
  }
  return { items, nameOf, load };
});

export const categoryText = (category: Category): Text =>
  category.name ?? { zh: category.zh ?? category.code, en: category.en ?? category.zh ?? category.code };
