/** Who takes part in a consultation, and who said what: a post, or a person at their post. */
import type { ConsultationMember, Signed } from "@core/api/types";
import { useSpeech } from "@core/words/speech";

export function useSigned() {
  const { text, word } = useSpeech();
  const signed = (one: Signed | null | undefined): string => (one ? [word("role", one.role), one.name].filter(Boolean).join(" ") : "");
  const member = (one: ConsultationMember): string =>
    [text(one.post_name), one.kind === "person" || !text(one.post_name) ? text(one.name) : ""].filter(Boolean).join(" ");
  return { signed, member };
}
