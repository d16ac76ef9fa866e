/** The draft of a report, with its photos and sounds: one an account, for a phone may pass from hand to hand; kept until it is sent. */
import { toRaw } from "vue";
import { useSession } from "@core/data/session";
import { keepIfRoom } from "./phone_full";
import { phoneStore } from "./phone_store";

export interface ReportDraft {
  text: string;
  category: string;
  lon: number | null;
  lat: number | null;
  byHand: boolean;
  photos: Blob[];
  voice: Blob[];
}
const nameOf = (): string => `report of ${useSession().me?.username ?? ""}`;

export async function readReportDraft(): Promise<Partial<ReportDraft>> {
  return ((await (await phoneStore()).get("drafts", nameOf())) as Partial<ReportDraft> | undefined) ?? {};
}
export async function keepReportDraft(draft: ReportDraft): Promise<void> {
  const plain = { ...toRaw(draft), photos: draft.photos.map((one) => toRaw(one)), voice: draft.voice.map((one) => toRaw(one)) };
  await keepIfRoom("drafts", plain, nameOf());
}
/** What could not be sent otherwise is added to the draft: the report it may become is the person's to send. */
export async function toReportDraft(more: Pick<ReportDraft, "text" | "photos" | "voice">): Promise<void> {
  const held = await readReportDraft();
  await keepReportDraft({
    category: "", lon: null, lat: null, byHand: false, ...held,
    text: [held.text, more.text].filter(Boolean).join("\n"),
    photos: [...(held.photos ?? []), ...more.photos],
    voice: [...(held.voice ?? []), ...more.voice],
  });
}
/** The words that a person typed or tapped in a form. */
export const saidIn = (values: Record<string, unknown>): string =>
  Object.values(values).filter((one): one is string => typeof one === "string" && one.trim() !== "" && !/^[\w-]+$/.test(one)).join(" ");
