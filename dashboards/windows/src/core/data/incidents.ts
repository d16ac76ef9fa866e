/** All incidents that this page knows, by number: a snapshot fills it, entries change it, `gone` takes away. */
import { defineStore } from "pinia";
import { computed, ref, shallowRef, triggerRef } from "vue";
import type { EntriesFrame, SnapshotFrame } from "../live/frames";
import type { Incident } from "../api/types";
import { useClock } from "./clock";
import { isOpen } from "./judgement";
import { paced } from "./paced";

const KEEP_ENDED_MS = 3_600_000;
const SWEEP_APART_MS = 5000;

export const useIncidents = defineStore("incidents", () => {
  const byNumber = shallowRef(new Map<number, Incident>());
  const left = new Set<number>();
  /** How many snapshots have filled this page; 0: nothing is known yet. */
  const fillings = ref(0);
  const all = computed(() => [...byNumber.value.values()]);
  const open = computed(() => {
    const found: Incident[] = [];
    for (const incident of byNumber.value.values()) if (isOpen(incident)) found.push(incident);
    return found;
  });

  function leave(map: Map<number, Incident>, number: number): boolean {
    left.add(number);
    return map.delete(number);
  }
  function put(map: Map<number, Incident>, incident: Incident): void {
    const held = map.get(incident.number);
    left.delete(incident.number);
    if (held && held.version > incident.version) return;
    map.set(incident.number, incident);
  }
  function fill(frame: Pick<SnapshotFrame, "incidents">): void {
    byNumber.value = new Map(frame.incidents.map((incident) => [incident.number, incident]));
    for (const { number } of frame.incidents) left.delete(number);
    fillings.value += 1;
  }
  function apply(frame: EntriesFrame): void {
    const map = byNumber.value;
    for (const entry of frame.entries) if (entry.state_after) put(map, entry.state_after);
    for (const number of frame.gone ?? []) leave(map, number);
    if (Date.now() - sweptAt > SWEEP_APART_MS) dropOld();
    tell();
  }
  let sweptAt = 0;
  /** Ended cases go by the passing of time as well: called with each entry and each heartbeat. */
  function sweep(): void {
    if (dropOld()) tell();
  }
  function dropOld(): boolean {
    sweptAt = Date.now();
    return dropLongEnded(byNumber.value, useClock().now);
  }
  /** Lists, figures and map are reckoned anew. */
  const tell = paced(() => triggerRef(byNumber));
  /** An answer of the server to this page: never older than what is here. */
  function take(...incidents: Incident[]): void {
    for (const incident of incidents) put(byNumber.value, incident);
    triggerRef(byNumber);
  }
  function drop(number: number): void {
    if (leave(byNumber.value, number)) triggerRef(byNumber);
  }
  /** Whether it is out of this person's view now: there is nothing to ask for, unlike one that was only swept. */
  const hasLeft = (number: number): boolean => left.has(number);
  const find = (number: number | null): Incident | undefined =>
    number === null ? undefined : byNumber.value.get(number);

  return { byNumber, fillings, all, open, fill, apply, sweep, take, drop, find, hasLeft };
});

/** As a fresh snapshot leaves them out: ended, and not told of for an hour. */
function dropLongEnded(map: Map<number, Incident>, now: number): boolean {
  const before = now - KEEP_ENDED_MS;
  const count = map.size;
  for (const [number, incident] of map) {
    if (!isOpen(incident) && Date.parse(incident.updated_at) < before) map.delete(number);
  }
  return map.size < count;
}
