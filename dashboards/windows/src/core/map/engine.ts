/** MapLibre, set up for a closed network: its worker is a file of ours, its text is drawn from our font. */
import { Map as MapLibre, setWorkerUrl, type GeoJSONSource, type MapMouseEvent } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import "maplibre-gl/dist/maplibre-gl.css";
import type { Feature } from "geojson";
import { boundsOf, middleOf, type Bounds } from "./bounds";
import { SourceBuffer, Turns, type Change, type MapSource } from "./buffer";
import { addMarks } from "./icons";
import { Pictures } from "./pictures";
import { CAMERAS_FROM_ZOOM, FONT, INCIDENT_LAYERS, measuresOf, styleOn, type Ground } from "./style";

setWorkerUrl(workerUrl);

export interface MapEars {
  incident(number: number): void;
  area(code: string): void;
  point(lon: number, lat: number): void;
  hand(): void;
  moved?(): void;
  resized(): void;
  drawn(): void;
}
export interface MapView {
  lon: number;
  lat: number;
  zoom: number;
}
/** The size of a line (px) that the measures of the style are made for. */
const LINE_PX = 18;
const BUFFERED = ["incidents", "workers", "cameras"] as const;
type Buffered = (typeof BUFFERED)[number];

export class MapEngine {
  readonly map: MapLibre;
  readonly ready: Promise<void>;
  private readonly turns = new Turns();
  private pictures: Pictures | null = null;
  private readonly buffers = new Map<Buffered, SourceBuffer>();
  private hovered: string | number | null = null;
  private scale = 1;

  constructor(box: HTMLElement, bounds: Bounds, private readonly ears: MapEars, private readonly ground: Ground) {
    this.map = new MapLibre({
      container: box,
      style: styleOn(ground),
      bounds,
      fitBoundsOptions: { padding: 24 },
      attributionControl: false,
      localIdeographFontFamily: `"${FONT}", "Noto Sans SC", "Noto Sans CJK SC", sans-serif`,
      dragRotate: false,
      pitchWithRotate: false,
      fadeDuration: 0,
    });
    this.map.touchZoomRotate.disableRotation();
    // Not "load", which waits for a whole picture: on a machine without a GPU that can take long.
    this.ready = new Promise((done) => this.map.once("style.load", () => done(this.begin())));
  }

  private begin(): void {
    this.fitLines();
    addMarks(this.map, this.ground);
    const pictures = (this.pictures = new Pictures(this.map));
    for (const name of BUFFERED) this.buffers.set(name, new SourceBuffer(this.paintedOnce(name, pictures), this.turns, (ids) => this.tellShown(name, ids)));
    this.map.on("click", (click) => this.click(click));
    this.map.on("mousemove", "areas-fill", (move) => this.hover(move.features?.[0]?.id ?? null));
    this.map.on("mouseleave", "areas-fill", () => this.hover(null));
    this.map.on("mouseenter", INCIDENT_LAYERS, () => (this.map.getCanvas().style.cursor = "pointer"));
    this.map.on("mouseleave", INCIDENT_LAYERS, () => (this.map.getCanvas().style.cursor = ""));
    this.map.on("resize", () => {
      this.fitLines();
      this.ears.resized();
    });
    for (const kind of ["dragstart", "wheel"] as const) this.map.on(kind, () => this.ears.hand());
    this.map.on("moveend", () => this.ears.moved?.());
  }

  /** Larger lines of the page (a wall read from afar, a large screen) have larger words and marks on the map. */
  private fitLines(): void {
    const scale = Math.max(1, parseFloat(getComputedStyle(document.documentElement).fontSize) / LINE_PX);
    if (scale === this.scale) return;
    this.scale = scale;
    this.map.setLayerZoomRange("cameras", CAMERAS_FROM_ZOOM + Math.log2(scale), 24);
    for (const { layer, name, value } of measuresOf(styleOn(this.ground), scale)) {
      if (name.startsWith("circle")) this.map.setPaintProperty(layer, name as "circle-radius", value as number);
      else this.map.setLayoutProperty(layer, name as "icon-size", value as number);
    }
  }

  private paintedOnce(name: Buffered, pictures: Pictures): MapSource {
    const source = this.source(name);
    return {
      setData: (data) => pictures.wholly(name, source.setData(data)),
      updateData: (diff) => pictures.wholly(name, source.updateData(diff)),
    };
  }

  /** Says on the page when changes were drawn: `citybrain bench wall` listens, nobody else. */
  private tellShown(source: string, ids: (string | number)[]): void {
    if (ids.length === 0) return;
    this.map.once("render", () => this.map.getContainer().dispatchEvent(new CustomEvent("citybrain-drawn", { detail: { source, ids }, bubbles: true })));
    this.map.triggerRepaint();
  }

  get view(): MapView {
    const { lng, lat } = this.map.getCenter();
    return { lon: lng, lat, zoom: this.map.getZoom() };
  }
  set view({ lon, lat, zoom }: MapView) {
    this.map.jumpTo({ center: [lon, lat], zoom });
  }

  private source = (name: string): GeoJSONSource => this.map.getSource(name) as GeoJSONSource;

  show(name: Buffered, change: () => Change): void {
    this.buffers.get(name)?.want(change);
  }

  /** Labels wait for the font's part that holds their characters; drawn earlier they would stand in another face. */
  async showAreas(areas: Feature[], outline: Feature[], nameOf: (area: Feature) => string): Promise<void> {
    this.hover(null);
    void this.source("areas").setData({ type: "FeatureCollection", features: areas });
    void this.source("outline").setData({ type: "FeatureCollection", features: outline });
    if (areas.length > 0) this.tellDrawn();
    await document.fonts.load(`14px "${FONT}"`, areas.map(nameOf).join("")).catch(() => []);
    const named = areas.filter((area) => area.properties?.["level"] !== "cell");
    const labels = named.map((area) => labelOf(area, nameOf(area)));
    void this.source("labels").setData({ type: "FeatureCollection", features: labels });
  }

  /** The areas are seen once a picture was drawn after their parts had been cut. */
  private tellDrawn(): void {
    const look = (): void => {
      if (!this.map.isSourceLoaded("areas")) return;
      this.map.off("render", look);
      this.ears.drawn();
    };
    this.map.on("render", look);
  }

  showOrientation(lines: Feature[]): void {
    void this.source("orientation").setData({ type: "FeatureCollection", features: lines });
  }

  /** What the cameras look at. */
  showViews(views: Feature[]): void {
    void this.source("views").setData({ type: "FeatureCollection", features: views });
  }

  choose(place: { lon: number; lat: number } | null): void {
    const features: Feature[] = place
      ? [{ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [place.lon, place.lat] } }]
      : [];
    void this.source("chosen").setData({ type: "FeatureCollection", features });
  }

  fit(bounds: Bounds, padding: number | { left: number; right: number; top: number; bottom: number } = 24, duration = 400): void {
    this.map.fitBounds(bounds, { padding, duration, maxZoom: 16 });
  }

  /** Brings a place into view, without moving when it is there already. */
  look(place: { lon: number; lat: number }, zoom?: number): void {
    const seen = this.map.getBounds().contains([place.lon, place.lat]);
    if (seen && (zoom === undefined || this.map.getZoom() >= zoom)) return;
    this.map.easeTo({ center: [place.lon, place.lat], ...(zoom ? { zoom: Math.max(zoom, this.map.getZoom()) } : {}), duration: 400 });
  }

  private click(click: MapMouseEvent): void {
    const { x, y } = click.point;
    const [nearest] = this.map.queryRenderedFeatures([[x - 8, y - 8], [x + 8, y + 8]], { layers: INCIDENT_LAYERS });
    if (nearest) return this.ears.incident(Number(nearest.properties["id"]));
    this.ears.point(click.lngLat.lng, click.lngLat.lat);
    const [area] = this.map.queryRenderedFeatures(click.point, { layers: ["areas-fill"] });
    if (area) this.ears.area(String(area.properties["code"]));
  }

  private hover(id: string | number | null | undefined): void {
    const next = id ?? null;
    if (this.hovered !== null) this.map.setFeatureState({ source: "areas", id: this.hovered }, { hover: false });
    if (next !== null) this.map.setFeatureState({ source: "areas", id: next }, { hover: true });
    this.hovered = next;
  }

  close(): void {
    this.turns.stop();
    this.pictures?.stop();
    this.map.remove();
  }
}

function labelOf(area: Feature, label: string): Feature {
  const { label_lon, label_lat } = area.properties ?? {};
  const box = boundsOf([area]);
  const at = typeof label_lon === "number" && typeof label_lat === "number" ? [label_lon, label_lat] : box ? middleOf(box) : [0, 0];
  return { type: "Feature", properties: { ...area.properties, label }, geometry: { type: "Point", coordinates: at } };
}
