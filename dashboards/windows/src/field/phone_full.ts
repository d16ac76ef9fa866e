/** The phone has no room left (or keeps nothing at all): what was just done is not kept, and that is said. */
import { ref } from "vue";
import { phoneStore, type Draft } from "./phone_store";

export const isPhoneFull = ref(false);
let isFullSaid = false;

/** Keeps a draft; false, and said, when there is no room for it. */
export async function keepIfRoom(store: "drafts" | "sheets", draft: unknown, key?: string): Promise<boolean> {
  const isKept = await phoneStore().then((database) => database.put(store, draft as Draft, key)).then(() => true, () => false);
  if (!isKept && !isFullSaid) isPhoneFull.value = true; // once, not at every letter that is typed
  isFullSaid = !isKept;
  return isKept;
}
