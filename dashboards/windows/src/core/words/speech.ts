/** What components use to speak: translate, names of things, times, durations, problems. */
import { computed } from "vue";
import { useI18n } from "vue-i18n";
import { faultsByField, problemSentence } from "../api/problem";
import type { AreaRef, Entry, Incident, Text } from "../api/types";
import { useClock } from "../data/clock";
import { useSession } from "../data/session";
import { useCategories } from "../data/categories";
import { ageWords, durationWords, leftWords } from "./durations";
import type { Locale } from "./index";
import { MARKED, sentenceOf, type Titled } from "./sentences";
import { timeWords, type TimeShape } from "./times";

/** Words of codes by language: they never change, and lists ask for them by the thousand. */
const kept = new Map<Locale, Map<string, string>>();
function keptWords(locale: Locale): Map<string, string> {
  let words = kept.get(locale);
  if (!words) kept.set(locale, (words = new Map()));
  return words;
}

export function useSpeech() {
  const { t, te, tm, locale } = useI18n({ useScope: "global" });
  const session = useSession();
  const clock = useClock();
  const categories = useCategories();
  const language = computed(() => locale.value as Locale);

  const has = (key: string): boolean => te(key) || te(key, "zh-CN");
  const under = (group: string): string[] => Object.keys((tm(group) as object | null) ?? {});
  /** A text that may come in both languages, in the one that is shown. */
  function text(value: Text | null | undefined): string {
    if (value === null || value === undefined) return "";
    if (typeof value === "string") return value;
    return (language.value === "en" ? value.en : value.zh) || value.zh || value.en || "";
  }
  /** Names from the catalogue are lower case in English; standing alone they begin with a capital. */
  const standing = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);
  /** The word for a code of the interface; an unknown code stands as it is. */
  function word(group: string, code: string | null | undefined): string {
    if (!code) return "";
    const words = keptWords(language.value);
    const key = `${group}.${code}`;
    let found = words.get(key);
    if (found === undefined) words.set(key, (found = has(`words.${key}`) ? t(`words.${key}`) : code));
    return found;
  }
  function categoryName(incident: Pick<Incident, "category"> & { category_name?: Text | null }): string {
    if (incident.category_name) return standing(text(incident.category_name));
    const { category } = incident;
    if (!category) return "";
    if (typeof category === "string") return text(categories.nameOf(category)) || category;
    return (language.value === "en" ? category.name_en : category.name) || category.name || category.code;
  }
  const time = (at: string | number | Date | null | undefined, shape: TimeShape = "minute"): string =>
    timeWords(at, shape, language.value, session.timezone);
  const duration = (ms: number): string => durationWords(ms, t);
  const left = (ms: number): string => leftWords(ms, t);
  const age = (at: string | null | undefined): string => (at ? ageWords(clock.now - Date.parse(at), t) : "");
  const problem = (fault: unknown, beside?: ReadonlySet<string>): string => problemSentence(fault, { t, has, under, text, word, time }, beside);
  const faults = (fault: unknown): Record<string, string> => faultsByField(fault, { t, has, under, text, word, time });
  const sentence = (entry: Entry): string => sentenceOf(entry, { t, has, text, word, named, title, mark });
  /** The name of an area, post or category, in the language that is shown. */
  const named = (value: { name: string; name_en?: string | null } | string | null | undefined): string =>
    typeof value === "string" ? value : ((language.value === "en" && value?.name_en) || value?.name || "");
  /** What was told: a rule's words in the language that is shown, a person's as they were written. */
  const told = (of: { text?: string | null; text_en?: string | null }): string => (language.value === "en" && standing(of.text_en ?? "")) || of.text || "";
  /** The names from the city down to an area, in the language that is shown. */
  const way = (area: AreaRef | null | undefined): string[] => {
    const names = language.value === "en" ? area?.names_en : area?.names;
    return names?.length ? names : [named(area)].filter(Boolean);
  };
  /** What is practised or played back says so, in either language, once. */
  const mark = (of: { drill?: boolean | null; replay?: boolean | null }): string =>
    of.drill ? t("marks.drill") : of.replay ? t("marks.replay") : "";
  const title = (incident: Titled): string =>
    mark(incident) + standing(((language.value === "en" && incident.title_en) || incident.title).replace(MARKED, ""));

  return { t, tm, has, locale: language, text, word, categoryName, time, duration, left, age, problem, faults, sentence, named, told, way, title, mark, standing };
}
