/** A list from the server, page by page, with its refusal as a sentence and a way to ask again. */
import { onMounted, ref, type Ref } from "vue";
import type { Query } from "@core/api/client";
import type { Page } from "@core/api/types";

export function usePagedList<T>(ask: (query: Query) => Promise<Page<T>>, everyMs = 0) {
  const items = ref([]) as Ref<T[]>;
  const next = ref<string | null>(null);
  const loading = ref(true);
  const fault = ref<unknown>(null);
  let query: Query = {};

  async function load(filter: Query = query): Promise<void> {
    query = filter;
    loading.value = true;
    try {
      const page = await ask({ ...filter, limit: 100 });
      items.value = page.items;
      next.value = page.next;
      fault.value = null;
    } catch (refusal) {
      fault.value = refusal;
    } finally {
      loading.value = false;
    }
  }
  async function more(): Promise<void> {
    const page = await ask({ ...query, limit: 100, cursor: next.value });
    items.value = [...items.value, ...page.items];
    next.value = page.next;
  }
  onMounted(() => load());
  if (everyMs > 0) {
    const timer = setInterval(() => document.visibilityState === "visible" && void load(), everyMs);
    return { items, next, loading, fault, load, more, stop: () => clearInterval(timer) };
  }
  return { items, next, loading, fault, load, more, stop: () => undefined };
}
