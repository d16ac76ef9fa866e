/**
 * The size of one line is the site's: px ≈ 7 × distance_m / pitch_mm (P1.25 seen from 5 m: 28 px). It is given once in
 * the address (?distance_m=5&pitch_mm=1.25, or ?line_px=20) and kept by the terminal; without it, 1/60 of the height.
 */
const KEPT = "citybrain.wall.line_px";
const SMALLEST_PX = 12;
const LARGEST_PX = 48;

export function linePx(search: string, kept: string | null): number | null {
  const asked = new URLSearchParams(search);
  const [distance = 0, pitch = 0] = [Number(asked.get("distance_m")), Number(asked.get("pitch_mm"))];
  const wanted = distance > 0 && pitch > 0 ? (7 * distance) / pitch : Number(asked.get("line_px") ?? kept ?? 0);
  return wanted > 0 ? Math.min(LARGEST_PX, Math.max(SMALLEST_PX, wanted)) : null;
}

export function setRootSize(): void {
  const px = linePx(location.search, localStorage.getItem(KEPT));
  if (px) localStorage.setItem(KEPT, String(px));
  document.documentElement.style.fontSize = px ? `${px}px` : "clamp(13px, min(1.667vh, 1.05vw), 40px)";
}
