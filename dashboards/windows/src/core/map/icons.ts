/** The marks of the map, drawn on a canvas: the same shapes and colours as in the lists. */
import type { Map as MapLibre } from "maplibre-gl";
import type { Incident } from "../api/types";
import { isEmergencySeverity, isOverdue } from "../data/judgement";
import { GRADES } from "../marks/severity";
import type { Ground } from "./style";

const SIZE = 44;
const MIDDLE = SIZE / 2;
const MAGENTA = "#e85aad";
const INK = "#0d1420";
type Draw = (pen: CanvasRenderingContext2D) => void;

function path(pen: CanvasRenderingContext2D, shape: string, radius: number): void {
  pen.beginPath();
  const corners: Record<string, [number, number][]> = {
    "◆": [[0, -1.15], [1.15, 0], [0, 1.15], [-1.15, 0]],
    "▲": [[0, -1.1], [1.1, 0.85], [-1.1, 0.85]],
    "■": [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
  };
  const points = corners[shape];
  if (!points) return pen.arc(MIDDLE, MIDDLE, radius, 0, Math.PI * 2);
  points.forEach(([x, y], index) => pen[index === 0 ? "moveTo" : "lineTo"](MIDDLE + x * radius, MIDDLE + y * radius));
  pen.closePath();
}

function filled(shape: string, radius: number, color: string, edge = INK): Draw {
  return (pen) => {
    path(pen, shape, radius);
    pen.fillStyle = color;
    pen.fill();
    pen.lineWidth = 2.5;
    pen.strokeStyle = edge;
    pen.stroke();
  };
}
function hollow(shape: string, radius: number, color: string, width = 4): Draw {
  return (pen) => {
    path(pen, shape, radius);
    pen.fillStyle = INK;
    pen.fill();
    pen.lineWidth = width;
    pen.strokeStyle = color;
    pen.stroke();
  };
}
const critical: Draw = (pen) => {
  filled("■", 14, "#ffffff")(pen);
  pen.fillStyle = INK;
  pen.font = "bold 22px sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText("!", MIDDLE, MIDDLE + 1);
};
const withOverdue = (draw: Draw): Draw => (pen) => {
  draw(pen);
  pen.beginPath();
  pen.arc(SIZE - 11, 11, 8, 0, Math.PI * 2);
  pen.fillStyle = MAGENTA;
  pen.fill();
  pen.lineWidth = 2;
  pen.strokeStyle = INK;
  pen.stroke();
  pen.beginPath();
  pen.moveTo(SIZE - 11, 6.5);
  pen.lineTo(SIZE - 11, 11.5);
  pen.lineTo(SIZE - 7.5, 13);
  pen.stroke();
};

/** On a light ground the four colours stand on a dark chip of their own shape, as in the lists: yellow on white is 1.4:1. */
const onChip = (shape: string, radius: number, draw: Draw): Draw => (pen) => {
  path(pen, shape, radius);
  pen.fillStyle = pen.strokeStyle = INK;
  pen.lineWidth = 10;
  pen.lineJoin = "round";
  pen.fill();
  pen.stroke();
  draw(pen);
};

function marksOn(ground: Ground): Record<string, Draw> {
  const isLight = ground === "light";
  const base: Record<string, Draw> = {
    daily: filled("●", 8, isLight ? "#5d6f88" : "#8496ae", isLight ? "#ffffff" : INK),
    urgent: isLight ? filled("●", 8, "#ffffff", INK) : hollow("●", 8, "#dde5ef"),
    critical,
  };
  for (const [severity, { shape, color }] of Object.entries(GRADES)) {
    const [whole, proposed] = [filled(shape, 15, color), hollow(shape, 14, color)];
    base[`grade-${severity}`] = isLight ? onChip(shape, 13, whole) : whole;
    base[`grade-${severity}-proposed`] = isLight ? onChip(shape, 13, proposed) : proposed;
  }
  return {
    ...base,
    ...Object.fromEntries(Object.entries(base).map(([name, draw]) => [`${name}-overdue`, withOverdue(draw)])),
    camera: hollow("■", 6, "#6f829c", 2.5),
  };
}

export function addMarks(map: MapLibre, ground: Ground): void {
  for (const [name, draw] of Object.entries(marksOn(ground))) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = SIZE;
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    if (!pen || map.hasImage(name)) continue;
    draw(pen);
    map.addImage(name, pen.getImageData(0, 0, SIZE, SIZE), { pixelRatio: 2 });
  }
}

export function markOf(incident: Incident, now: number): string {
  const overdue = isOverdue(incident, now) ? "-overdue" : "";
  if (isEmergencySeverity(incident.severity)) return `grade-${incident.severity}${overdue}`;
  if (isEmergencySeverity(incident.severity_proposed)) return `grade-${incident.severity_proposed}-proposed${overdue}`;
  const urgency = { emergency: "critical", urgent: "urgent", normal: "daily" }[incident.urgency] ?? "daily";
  return `${urgency}${overdue}`;
}
