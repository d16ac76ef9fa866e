/**
 * The style of the map: no base map, no tiles, no glyph server; areas are lines on the page's own ground, which is
 * the page's and not painted again. Fills have lines of their own: their edges are not smoothed twice.
 */
import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";

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

export const style: StyleSpecification = {
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
    { id: "outline-fill", type: "fill", source: "outline", paint: { "fill-color": "#121c2c", "fill-antialias": false } },
    {
      id: "areas-fill",
      type: "fill",
      source: "areas",
      paint: { "fill-color": ["case", ["boolean", ["feature-state", "hover"], false], "#22314a", "#172338"], "fill-antialias": false },
    },
    {
      id: "water",
      type: "fill",
      source: "orientation",
      filter: ["all", ["!=", ["get", "kind"], "road"], ["==", ["geometry-type"], "Polygon"]],
      paint: { "fill-color": "#26415f" },
    },
    {
      id: "water-line",
      type: "line",
      source: "orientation",
      filter: ["!=", ["get", "kind"], "road"],
      paint: { "line-color": "#2f4f73", "line-width": 1.2 },
    },
    {
      id: "roads",
      type: "line",
      source: "orientation",
      filter: ["==", ["get", "kind"], "road"],
      paint: { "line-color": "#4c5868", "line-width": ["interpolate", ["linear"], ["zoom"], 9, 1.2, 13, 2.5] },
    },
    { id: "areas-line", type: "line", source: "areas", paint: { "line-color": "#3a4d6b", "line-width": 1 } },
    { id: "outline-line", type: "line", source: "outline", paint: { "line-color": "#6a7f9e", "line-width": 1.6 } },
    {
      id: "views",
      type: "fill",
      source: "views",
      paint: { "fill-color": "#a9b8cb", "fill-opacity": 0.16, "fill-outline-color": "#a9b8cb" },
    },
    {
      // A district full of cameras is noise: they appear with the communities.
      id: "cameras",
      type: "symbol",
      source: "cameras",
      minzoom: 11.5,
      layout: { "icon-image": "camera", "icon-allow-overlap": true, "icon-ignore-placement": true, "icon-size": size },
    },
    {
      id: "workers",
      type: "circle",
      source: "workers",
      paint: { "circle-radius": scaled(2.75), "circle-color": "#0d1420", "circle-stroke-color": "#a9b8cb", "circle-stroke-width": scaled(1.5) },
    },
    {
      id: "chosen",
      type: "circle",
      source: "chosen",
      paint: {
        "circle-radius": 17,
        "circle-color": "rgba(255,255,255,0.08)",
        "circle-stroke-color": "#ffffff",
        "circle-stroke-width": 2,
      },
    },
    disc("incidents-daily", "daily", 3.5, 1.25, "#8496ae", "#0d1420"),
    disc("incidents-urgent", "urgent", 3, 2, "#0d1420", "#dde5ef"),
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
      paint: { "text-color": "#c3cfde", "text-halo-color": "#0d1420", "text-halo-width": 1.8 },
    },
  ],
};
