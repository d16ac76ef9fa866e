/** The form by which a response is opened; the others come from the server with the response. */
const DOMAINS = { emergency: { zh: "大应急", en: "Emergency" }, public_order: { zh: "大综治", en: "Public order" }, urban_management: { zh: "大城管", en: "Urban management" }, transport: { zh: "大交通", en: "Transport" } };

export const OPEN_RESPONSE = {
  type: "object",
  required: ["title"],
  properties: {
    title: { type: "string", title: "名称", "x-en": "name", maxLength: 200 },
    area: { type: "string", title: "区域", "x-en": "area", "x-widget": "area" },
    domain: { type: "string", title: "领域", "x-en": "domain", enum: Object.keys(DOMAINS), "x-enum-titles": DOMAINS },
    state: { type: "string", title: "开始于", "x-en": "begins as", enum: ["monitor", "warning"], "x-enum-titles": { monitor: { zh: "值守", en: "Watch" }, warning: { zh: "预警", en: "Warning" } } },
    drill: { type: "boolean", title: "演练", "x-en": "a drill" },
  },
};
