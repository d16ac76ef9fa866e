/** The desk: operators, departments, duty leaders and administrators. */
import "element-plus/dist/index.css";
import "element-plus/theme-chalk/dark/css-vars.css";
import { createPinia } from "pinia";
import { createApp } from "vue";
import { createWords } from "@core/words";
import "@core/theme.css";
import "./desk.css";
import DeskApp from "./DeskApp.vue";
import { createDeskRouter } from "./routes";

createApp(DeskApp).use(createPinia()).use(createWords()).use(createDeskRouter()).mount("#app");
