/** "Noted": one line at the foot of the page for a moment, spoken by screen readers, in the way of nothing. */
import { ref } from "vue";

const SHOWN_MS = 2000;
export const noted = ref("");
let ending: ReturnType<typeof setTimeout> | undefined;

export function tellNoted(line: string): void {
  noted.value = line;
  clearTimeout(ending);
  ending = setTimeout(() => (noted.value = ""), SHOWN_MS);
}
