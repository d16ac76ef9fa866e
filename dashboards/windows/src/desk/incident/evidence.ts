/** Everything that shows what happened, in one row: photos and clips of people, pictures of sources on our own server. */
import type { Device, Incident, SourceRef } from "@core/api/types";

export interface Evidence {
  address: string;
  isClip: boolean;
  /** From whom: an attachment of a person, or the name of a source. */
  from: string | null;
  name: string;
  at: string | null;
  /** What this camera shows now; nothing of it is kept. */
  camera?: Device;
}
type Named = (value: { name: string; name_en?: string | null }) => string;
/** What a source's device is called in the language that is shown; nothing where the register does not know it. */
export const nameOf = (source: SourceRef, named: Named): string => (source.name ? named({ name: source.name, name_en: source.name_en ?? null }) : "");
export const liveOf = (cameras: Device[], named: Named): Evidence[] =>
  cameras.filter(({ snapshot }) => snapshot).map((camera) => ({ address: camera.snapshot ?? "", isClip: false, from: named(camera), name: "", at: null, camera }));
const CLIP = /\.(mp4|webm|mov|m4v)(\?|$)/i;
const addressOf = (id: string): string => (id.startsWith("/") ? id : `/api/v1/attachments/${encodeURIComponent(id)}`);
/** Evidence that stands on another machine is named, never loaded: no page asks an outside host. */
export const isElsewhere = (item: string): boolean => item.startsWith("//") || (item.includes(":") && !item.startsWith("/"));

/** Ids of attachments and addresses on our own server, of one source or person. */
export const evidenceFrom = (items: readonly (string | { id: string })[] | null | undefined, from: string | null = null, at: string | null = null): Evidence[] =>
  (items ?? []).map((item) => (typeof item === "string" ? item : item.id)).filter((item) => item && !isElsewhere(item))
    .map((item) => ({ address: addressOf(item), isClip: CLIP.test(item), from, name: "", at }));

export function evidenceOf(incident: Incident, named: Named): Evidence[] {
  const people = [...(incident.attachments ?? []), ...(incident.evidence ?? [])].map((item): Evidence => {
    const one = typeof item === "string" ? { id: item } : item;
    const kind = "content_type" in one ? (one.content_type ?? "") : "";
    return { address: addressOf(one.id), isClip: /^(video|audio)\//.test(kind) || CLIP.test(one.id), from: null, name: ("name" in one && one.name) || "", at: null };
  });
  const sources = incident.sources.flatMap((source) => evidenceFrom(source.evidence, nameOf(source, named) || source.source, source.at));
  const once = new Map([...people, ...sources].map((one) => [one.address, one]));
  return [...once.values()];
}
