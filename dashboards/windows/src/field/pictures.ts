/** Pictures for what is reported most: a picture is a word to look for in the city's own catalogue. */
export interface Picture {
  name: string;
  words: RegExp;
  /** Strokes on a 24 × 24 ground. */
  path: string;
}
export const PICTURES: Picture[] = [
  { name: "cover", words: /井盖|雨水箅|manhole/i, path: "M12 4a8 8 0 1 0 .01 0M8 9h8M7 12h10M8 15h8" },
  { name: "lamp", words: /路灯|照明|lamp|light/i, path: "M9 21V6a4 4 0 0 1 8 0v2M14 8h6l-1 3h-4zM6 21h6" },
  { name: "waste", words: /垃圾|渣土|保洁|rubbish|waste|garbage/i, path: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13M10 11v6M14 11v6" },
  { name: "water", words: /积水|内涝|漏水|爆裂|水位|water|flood/i, path: "M12 3c4 5 6 7.500 6 11a6 6 0 0 1-12 0c0-3.500 2-6 6-11zM9 14a3 3 0 0 0 3 3" },
  { name: "fire", words: /火|烟|燃气|fire|smoke|gas/i, path: "M12 3c1 4 5 5 5 10a5 5 0 0 1-10 0c0-2 1-3 2-4 0 2 1 3 2 3 1-3-1-5 1-9z" },
  { name: "road", words: /道路|路面|护栏|交通|拥堵|road|traffic|junction/i, path: "M8 3 5 21M16 3l3 18M12 4v3M12 10v3M12 16v3" },
  { name: "parking", words: /停车|车辆|parking|vehicle/i, path: "M6 3h12v18H6zM10 17V7h3.500a2.500 2.500 0 0 1 0 6H10" },
  { name: "dispute", words: /纠纷|噪声|扰民|dispute|noise/i, path: "M7 8a3 3 0 1 0 .01 0M17 8a3 3 0 1 0 .01 0M2 20c0-3 2-5 5-5s5 2 5 5c0-3 2-5 5-5s5 2 5 5" },
];
