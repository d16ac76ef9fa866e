/** Named filters of one account on this terminal. */
import { ref } from "vue";
import { useSession } from "@core/data/session";
import { emptyFilter, type QueueFilter } from "./queue_filter";

export interface SavedView {
  name: string;
  filter: QueueFilter;
}
const MOST = 30;

export function useSavedViews() {
  const key = `citybrain.desk.views.${useSession().me?.username ?? ""}`;
  const views = ref<SavedView[]>(read(key));

  const keep = (next: SavedView[]): void => {
    views.value = next.slice(0, MOST);
    localStorage.setItem(key, JSON.stringify(views.value));
  };
  const save = (name: string, filter: QueueFilter): void =>
    keep([{ name, filter: { ...filter } }, ...views.value.filter((one) => one.name !== name)]);
  const remove = (name: string): void => keep(views.value.filter((one) => one.name !== name));
  return { views, save, remove };
}

/** What an older page kept may lack a field: it starts empty. */
function read(key: string): SavedView[] {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? "[]") as SavedView[];
    return kept.map(({ name, filter }) => ({ name: String(name), filter: { ...emptyFilter(), ...filter } }));
  } catch {
    return [];
  }
}
