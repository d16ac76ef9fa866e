/** The last entries, newest first: what the wall tells in sentences. */
import { defineStore } from "pinia";
import { shallowRef } from "vue";
import type { Entry } from "../api/types";
import { paced } from "./paced";

const KEPT = 300;
/** A busy stream is read in looks, not line by line: its lines are drawn once a second. */
const TELL_APART_MS = 1000;

export const useStream = defineStore("stream", () => {
  const entries = shallowRef<Entry[]>([]);
  let fresh: Entry[] = [];
  const tell = paced(() => {
    entries.value = [...fresh.toReversed(), ...entries.value].slice(0, KEPT);
    fresh = [];
  }, TELL_APART_MS);
  function take(more: Entry[]): void {
    fresh.push(...more);
    tell();
  }
  /** What was told before this page opened: only where nothing newer is lost. */
  function fill(earlier: Entry[]): void {
    if (fresh.length > 0) tell.now();
    const oldest = entries.value.at(-1)?.number ?? Infinity;
    entries.value = [...entries.value, ...earlier.filter((one) => one.number < oldest).toReversed()].slice(0, KEPT);
  }
  function clear(): void {
    fresh = [];
    entries.value = [];
  }
  function dropIncidents(numbers: number[]): void {
    if (numbers.length === 0) return;
    if (fresh.length > 0) tell.now();
    const gone = new Set(numbers);
    entries.value = entries.value.filter((entry) => entry.incident === null || !gone.has(entry.incident));
  }
  return { entries, take, fill, clear, dropIncidents };
});
