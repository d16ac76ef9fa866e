/** The last entries, newest first: what the wall tells in sentences. */
import { defineStore } from "pinia";
import { shallowRef } from "vue";
import type { Entry } from "../api/types";

const KEPT = 300;

export const useStream = defineStore("stream", () => {
  const entries = shallowRef<Entry[]>([]);
  function take(fresh: Entry[]): void {
    entries.value = [...fresh.toReversed(), ...entries.value].slice(0, KEPT);
  }
  /** What was told before this page opened: only where nothing newer is lost. */
  function fill(earlier: Entry[]): void {
    const oldest = entries.value.at(-1)?.number ?? Infinity;
    entries.value = [...entries.value, ...earlier.filter((one) => one.number < oldest).toReversed()].slice(0, KEPT);
  }
  const clear = (): void => void (entries.value = []);
  function dropIncidents(numbers: number[]): void {
    const gone = new Set(numbers);
    entries.value = entries.value.filter((entry) => entry.incident === null || !gone.has(entry.incident));
  }
  return { entries, take, fill, clear, dropIncidents };
});
