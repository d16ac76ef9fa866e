/** Colour, shape and roman number of the four grades of emergencies (ISO 22324: never colour alone). */
export interface Grade {
  roman: string;
  shape: string;
  hollow: string;
  color: string;
}
export const GRADES: Record<number, Grade> = {
  1: { roman: "Ⅰ", shape: "◆", hollow: "◇", color: "#ff3b3b" },
  2: { roman: "Ⅱ", shape: "▲", hollow: "△", color: "#ff8a1f" },
  3: { roman: "Ⅲ", shape: "■", hollow: "□", color: "#ffd21f" },
  4: { roman: "Ⅳ", shape: "●", hollow: "○", color: "#4aa3ff" },
};
