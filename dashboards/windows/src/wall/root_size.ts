/**
 * The size of one line is the site's: px ≈ 7 × distance_m / pitch_mm (P1.25 seen from 5 m: 28 px). It is set on the
 * wall itself (key S), or given once in the address (?distance_m=5&pitch_mm=1.25, or ?line_px=20), and kept by the
 * terminal; without it, a line is 1/60 of the height.
 */
const KEPT = "citybrain.wall.line_px";
const KEPT_SITE = "citybrain.wall.site";
export const SMALLEST_PX = 12;
export const LARGEST_PX = 48;
const PX_PER_M_BY_MM = 7;

/** From how far the wall is read, and how far apart its lights stand. */
export interface Site {
  distance_m: number;
  pitch_mm: number;
}
const within = (px: number): number => Math.min(LARGEST_PX, Math.max(SMALLEST_PX, px));

export const sitePx = ({ distance_m, pitch_mm }: Site): number | null =>
  distance_m > 0 && pitch_mm > 0 ? within((PX_PER_M_BY_MM * distance_m) / pitch_mm) : null;

export function linePx(search: string, kept: string | null): number | null {
  const asked = new URLSearchParams(search);
  const site = sitePx({ distance_m: Number(asked.get("distance_m")), pitch_mm: Number(asked.get("pitch_mm")) });
  const wanted = site ?? Number(asked.get("line_px") ?? kept ?? 0);
  return wanted > 0 ? within(wanted) : null;
}

export function readSite(): Site | null {
  try {
    const site = JSON.parse(localStorage.getItem(KEPT_SITE) ?? "null") as Site | null;
    return site && sitePx(site) ? site : null;
  } catch {
    return null;
  }
}
/** Keeps the site on this terminal and shows it at once; null: the size that fits the window. */
export function keepSite(site: Site | null): void {
  const px = site && sitePx(site);
  localStorage.setItem(KEPT_SITE, JSON.stringify(site));
  if (px) localStorage.setItem(KEPT, String(px));
  else localStorage.removeItem(KEPT);
  apply(px);
}

export function setRootSize(): void {
  const asked = new URLSearchParams(location.search);
  const px = linePx(location.search, localStorage.getItem(KEPT));
  if (px) localStorage.setItem(KEPT, String(px));
  const site = { distance_m: Number(asked.get("distance_m")), pitch_mm: Number(asked.get("pitch_mm")) };
  if (sitePx(site)) localStorage.setItem(KEPT_SITE, JSON.stringify(site));
  apply(px);
}

function apply(px: number | null): void {
  document.documentElement.style.fontSize = px ? `${px}px` : "clamp(13px, min(1.667vh, 1.05vw), 40px)";
  askWidthAgain();
}

/**
 * The page is laid out by its width in lines (`@container page`, in rem). Chromium keeps the answer that it found
 * before the size of a line was set, until the width changes: so it changes, for one picture.
 */
function askWidthAgain(): void {
  const page = document.getElementById("app");
  if (!page) return;
  page.style.width = "calc(100% - 1px)";
  requestAnimationFrame(() => requestAnimationFrame(() => page.style.removeProperty("width")));
}
