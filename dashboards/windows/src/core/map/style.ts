/**
 * The style of the map on its ground, dark or light: no base map, no tiles, no glyph server; areas are lines on the page's own ground, which is
 * the page's and not painted again. Fills have lines of their own: their edges are not smoothed twice.
 */
import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";

export type Ground = "dark" | "light";
/** Words 6.5:1 on areas and water, lines and plain marks 3:1, on both grounds: the light one is for the sun. */
const SHADES = {
  dark: {
    outline: "#121c2c", area: "#172338", hovered: "#22314a", water: "#26415f", shore: "#2f4f73", road: "#4c5868", edge: "#3a4d6b", border: "#6a7f9e",
    view: "#a9b8cb", disc: "#0d1420", worker: "#a9b8cb", daily: "#8496ae", urgent: "#dde5ef", chosen: "#ffffff", within: "rgba(255,255,255,0.08)",
    word: "#c3cfde", halo: "#0d1420",
  },
  light: {
    outline: "#e6ecf3", area: "#edf2f7", hovered: "#d8e2ee", water: "#bcd6ee", shore: "#8fb3d6", road: "#a5b0be", edge: "#73849c", border: "#445873",
    view: "#33415a", disc: "#ffffff", worker: "#33415a", daily: "#5d6f88", urgent: "#0d1420", chosen: "#0d1420", within: "rgba(13,20,32,0.08)",
    word: "#1b2a42", halo: "#ffffff",
  },
} as const;

/** Nearer than this, cameras are drawn. */
export const CAMERAS_FROM_ZOOM = 11.5;
export const FONT = "Noto Sans SC Variable";
const empty = { type: "FeatureCollection" as const, features: [] };
const points = (promoteId = "id") => ({ type: "geojson" as const, data: empty, promoteId });

/** A whole district on a narrow map wants smaller marks. */
const size: ExpressionSpecification = ["interpolate", ["linear"], ["zoom"], 8.5, 0.6, 10.5, 1, 14, 1.25];

/**
 * The daily marks and the workers are by far the most, and plain discs: as circles they cost the page a tenth of what
 * symbols do, which are placed anew one by one with every picture. Each kind has a layer of its own, so that nothing
 * need be reckoned and kept for each disc. Same measures as the marks in icons.ts.
 */
const scaled = (px: number): ExpressionSpecification => ["interpolate", ["linear"], ["zoom"], 8.5, 0.6 * px, 10.5, px, 14, 1.25 * px];
const disc = (id: string, mark: string, radius: number, edge: number, color: string, edgeColor: string): LayerSpecification => ({
  id,
  type: "circle",
  source: "incidents",
  filter: ["==", ["get", "mark"], mark],
  paint: { "circle-radius": scaled(radius), "circle-color": color, "circle-stroke-color": edgeColor, "circle-stroke-width": scaled(edge) },
});
/** What a click on an incident may hit, the gravest first. */
export const INCIDENT_LAYERS = ["incidents", "incidents-urgent", "incidents-daily"];

/** What grows with the lines of the page: read from afar, a map has larger words and marks too. */
const GROWS: Record<string, string[]> = {
  "incidents-daily": ["circle-radius", "circle-stroke-width"],
  "incidents-urgent": ["circle-radius", "circle-stroke-width"],
  workers: ["circle-radius", "circle-stroke-width"],
  chosen: ["circle-radius"],
  cameras: ["icon-size"],
  incidents: ["icon-size"],
  labels: ["text-size"],
};
/** A number, or what an interpolation puts out; its stops stay. */
const grow = (value: unknown, scale: number): unknown =>
  Array.isArray(value) ? value.map((part, index) => (index > 3 && index % 2 === 0 ? part * scale : part)) : Number(value) * scale;
export const measuresOf = ({ layers }: StyleSpecification, scale: number): { layer: string; name: string; value: unknown }[] =>
  layers.flatMap((layer) => {
    const own = { ...("layout" in layer ? layer.layout : {}), ...("paint" in layer ? layer.paint : {}) } as Record<string, unknown>;
    return (GROWS[layer.id] ?? []).map((name) => ({ layer: layer.id, name, value: grow(own[name], scale) }));
  });

export const styleOn = (ground: Ground): StyleSpecification => styleIn(SHADES[ground]);
const styleIn = (shade: Record<keyof (typeof SHADES)["dark"], string>): StyleSpecification => ({
  version: 8,
  sources: {
    outline: { type: "geojson", data: empty },
    areas: { type: "geojson", data: empty, promoteId: "code" },
    orientation: { type: "geojson", data: empty },
    labels: { type: "geojson", data: empty, promoteId: "code" },
    views: { type: "geojson", data: empty },
    cameras: points(),
    workers: points(),
    incidents: points(),
    chosen: { type: "geojson", data: empty },
  },
  layers: [
    { id: "outline-fill", type: "fill", source: "outline", paint: { "fill-color": shade.outline, "fill-antialias": false } },
    {
      id: "areas-fill",
      type: "fill",
      source: "areas",
      paint: { "fill-color": ["case", ["boolean", ["feature-state", "hover"], false], shade.hovered, shade.area], "fill-antialias": false },
    },
    {
      id: "water",
      type: "fill",
      source: "orientation",
      filter: ["all", ["!=", ["get", "kind"], "road"], ["==", ["geometry-type"], "Polygon"]],
      paint: { "fill-color": shade.water },
    },
    {
      id: "water-line",
      type: "line",
      source: "orientation",
      filter: ["!=", ["get", "kind"], "road"],
      paint: { "line-color": shade.shore, "line-width": 1.2 },
    },
    {
      id: "roads",
      type: "line",
      source: "orientation",
      filter: ["==", ["get", "kind"], "road"],
      paint: { "line-color": shade.road, "line-width": ["interpolate", ["linear"], ["zoom"], 9, 1.2, 13, 2.5] },
    },
    { id: "areas-line", type: "line", source: "areas", paint: { "line-color": shade.edge, "line-width": 1 } },
    { id: "outline-line", type: "line", source: "outline", paint: { "line-color": shade.border, "line-width": 1.6 } },
    {
      id: "views",
      type: "fill",
      source: "views",
      paint: { "fill-color": shade.view, "fill-opacity": 0.16, "fill-outline-color": shade.view },
    },
    {
      // A district full of cameras is noise: they appear with the communities.
      id: "cameras",
      type: "symbol",
      source: "cameras",
      minzoom: CAMERAS_FROM_ZOOM,
      layout: { "icon-image": "camera", "icon-allow-overlap": true, "icon-ignore-placement": true, "icon-size": size },
    },
    {
      id: "workers",
      type: "circle",
      source: "workers",
      paint: { "circle-radius": scaled(2.75), "circle-color": shade.disc, "circle-stroke-color": shade.worker, "circle-stroke-width": scaled(1.5) },
    },
    {
      id: "chosen",
      type: "circle",
      source: "chosen",
      paint: {
        "circle-radius": 17,
        "circle-color": shade.within,
        "circle-stroke-color": shade.chosen,
        "circle-stroke-width": 2,
      },
    },
    disc("incidents-daily", "daily", 3.5, 1.25, shade.daily, shade.disc),
    disc("incidents-urgent", "urgent", 3, 2, shade.disc, shade.urgent),
    {
      id: "incidents",
      type: "symbol",
      source: "incidents",
      filter: ["all", ["!=", ["get", "mark"], "daily"], ["!=", ["get", "mark"], "urgent"]],
      layout: {
        "icon-image": ["get", "mark"],
        "icon-size": size,
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
        "symbol-sort-key": ["get", "order"],
      },
    },
    {
      id: "labels",
      type: "symbol",
      source: "labels",
      layout: {
        "text-field": ["get", "label"],
        "text-font": [FONT],
        "text-size": ["interpolate", ["linear"], ["zoom"], 8, 11, 12, 14],
        "text-max-width": 8,
        "text-padding": 4,
      },
      paint: { "text-color": shade.word, "text-halo-color": shade.halo, "text-halo-width": 1.8 },
    },
  ],
});
