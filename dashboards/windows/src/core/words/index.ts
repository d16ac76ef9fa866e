/** Both languages of all pages. Messages are data (JSON, one file a subject) and are interpreted, never evaluated. */
import { createI18n } from "vue-i18n";
import { setRequestLanguage } from "../api/client";

export const LOCALES = ["zh-CN", "en"] as const;
export type Locale = (typeof LOCALES)[number];
export type Subject = Record<string, unknown>;

const files = import.meta.glob<Subject>("./{zh-CN,en}/*.json", { eager: true, import: "default" });

export function messagesOf(locale: Locale): Record<string, Subject> {
  const mine = Object.entries(files).filter(([path]) => path.startsWith(`./${locale}/`));
  return Object.fromEntries(mine.map(([path, subject]) => [path.replace(/^.*\/|\.json$/g, ""), subject]));
}

const KEPT = "citybrain.language";

function firstLocale(): Locale {
  const asked = new URLSearchParams(location.search).get("lang") ?? localStorage.getItem(KEPT);
  return asked === "en" ? "en" : "zh-CN";
}

function mark(locale: Locale): void {
  document.documentElement.lang = locale;
  setRequestLanguage(locale);
}

export function createWords() {
  const locale = firstLocale();
  mark(locale);
  return createI18n({
    legacy: false,
    locale,
    fallbackLocale: "zh-CN",
    messages: { "zh-CN": messagesOf("zh-CN"), en: messagesOf("en") } as Record<Locale, Record<string, never>>,
    missingWarn: false,
    fallbackWarn: false,
  });
}

export function keepLocale(locale: Locale): void {
  localStorage.setItem(KEPT, locale);
  mark(locale);
}
