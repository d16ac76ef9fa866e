/**
 * What is wrong with a message or with a row of a register, in the page's language.
 *
 * The server writes such a sentence in English, since logs and producers read it too. Each of its shapes has a code
 * in `mending/*.json`; what stands in the holes is an argument, and may be such a sentence itself.
 */
import type { Locale } from "@core/words";
import { Problem } from "@core/api/problem";
import en from "./mending/en.json";
import zh from "./mending/zh-CN.json";

type Code = keyof typeof en;
interface Shape {
  code: Code;
  said: RegExp;
  holes: string[];
  /** How much of it is no hole: of two that fit, the one that says more is meant. */
  weight: number;
}
const HOLE = /\{(\w+)\}/g;
const plain = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const SHAPES: Shape[] = (Object.keys(en) as Code[])
  .map((code) => {
    const parts = en[code].split(HOLE);
    // between backticks stands one name
    const hole = (at: number): string => (parts[at - 1]?.endsWith("`") ? "([^`]+)" : "(.+?)");
    const said = parts.map((part, at) => (at % 2 ? hole(at) : plain(part))).join("");
    return { code, said: new RegExp(`^${said}$`, "s"), holes: parts.filter((_, at) => at % 2), weight: en[code].replace(HOLE, "").length };
  })
  .sort((a, b) => b.weight - a.weight);

/** The sentence in the language; one that is not known stands as it is. */
export function mendingWords(sentence: string, language: Locale): string {
  if (language === "en") return sentence;
  for (const { code, said, holes } of SHAPES) {
    const found = said.exec(sentence);
    if (!found) continue;
    const values = Object.fromEntries(holes.map((hole, at) => [hole, mendingWords(found[at + 1] ?? "", language)]));
    return zh[code].replace(HOLE, (_, hole: string) => values[hole] ?? "");
  }
  return sentence;
}

/** A refusal whose sentences about fields are in the language. */
export function withMendingWords(refusal: unknown, language: Locale): unknown {
  if (!(refusal instanceof Problem) || !refusal.body.errors) return refusal;
  const errors = refusal.body.errors.map((one) => ({ ...one, reason: mendingWords(one.reason ?? one.detail ?? one.msg ?? "", language) }));
  return new Problem(refusal.status, { ...refusal.body, errors });
}
