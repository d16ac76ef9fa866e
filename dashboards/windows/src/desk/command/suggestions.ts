/** What a line means: a number, an action, a room, an area, words. Each meaning is one suggestion, the likeliest first. */
export interface Suggestion {
  key: string;
  kind: "incident" | "action" | "room" | "area" | "search";
  label: string;
  hint: string;
  run: () => void;
}
export interface Known {
  rooms: { name: string; label: string; key: string }[];
  areas: { code: string; label: string; level: string }[];
  actions: { key: string; name: string; code: string; begin: () => void }[];
  /** Open cases that the words fit, the likeliest few. */
  findCases: (words: string) => { number: number; label: string; hint: string }[];
  caseOf: (number: number) => { label: string; hint: string } | null;
}
export interface Doors {
  incident: (number: number) => void;
  room: (name: string) => void;
  area: (code: string) => void;
  search: (words: string) => void;
  words: (kind: Suggestion["kind"], name?: string) => string;
}
const MOST = 8;
const has = (name: string, words: string): boolean => name.toLowerCase().includes(words);

export function suggest(line: string, known: Known, doors: Doors): Suggestion[] {
  const text = line.trim();
  if (text.startsWith(">")) return actionsFor(text.slice(1).trim().toLowerCase(), known, doors);
  const number = /^#?(\d{1,15})$/.exec(text)?.[1];
  if (number) return [openCase(Number(number), known, doors), search(text, doors)];
  const words = text.toLowerCase();
  const rooms = known.rooms.filter((one) => words === "" || has(one.label, words) || has(one.name, words));
  if (words === "") return rooms.map((one) => room(one, doors));
  const areas = known.areas.filter((one) => has(one.label, words) || one.code === words).slice(0, 4);
  const cases = known.findCases(words).slice(0, 5);
  return [
    ...rooms.slice(0, 3).map((one) => room(one, doors)),
    ...areas.map((one): Suggestion => ({ key: `area ${one.code}`, kind: "area", label: one.label, hint: doors.words("area"), run: () => doors.area(one.code) })),
    search(text, doors),
    ...cases.map((one): Suggestion => ({ key: `case ${one.number}`, kind: "incident", label: `#${one.number} ${one.label}`, hint: one.hint, run: () => doors.incident(one.number) })),
  ].slice(0, MOST + 3);
}
const actionsFor = (words: string, known: Known, doors: Doors): Suggestion[] =>
  known.actions
    .filter((one) => words === "" || has(one.name, words) || has(one.code, words))
    .map((one) => ({ key: `action ${one.key}`, kind: "action", label: one.name, hint: doors.words("action"), run: one.begin }));
const room = (one: Known["rooms"][number], doors: Doors): Suggestion => ({ key: `room ${one.name}`, kind: "room", label: one.label, hint: `G ${one.key.toUpperCase()}`, run: () => doors.room(one.name) });
const search = (text: string, doors: Doors): Suggestion => ({ key: "search", kind: "search", label: doors.words("search", text), hint: "", run: () => doors.search(text) });
function openCase(number: number, known: Known, doors: Doors): Suggestion {
  const found = known.caseOf(number);
  return { key: `case ${number}`, kind: "incident", label: `#${number} ${found?.label ?? ""}`.trim(), hint: found?.hint ?? doors.words("incident"), run: () => doors.incident(number) };
}
