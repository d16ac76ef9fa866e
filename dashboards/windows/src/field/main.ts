/** The phone of workers, crews and community officers: opens without a network, loses nothing that was done. */
import "vant/lib/index.css";
import { createPinia } from "pinia";
import { createApp } from "vue";
import { createRouter, createWebHistory } from "vue-router";
import { createWords } from "@core/words";
import "@core/theme.css";
import "./field.css";
import FieldApp from "./FieldApp.vue";
import MePage from "./MePage.vue";
import MessagesPage from "./MessagesPage.vue";
import { startLook } from "./look";
import { startServiceWorker } from "./new_version";
import ReportPage from "./ReportPage.vue";
import TaskPage from "./TaskPage.vue";
import TasksPage from "./TasksPage.vue";
import VillagePage from "./VillagePage.vue";

const router = createRouter({
  history: createWebHistory("/field"),
  routes: [
    { path: "/", name: "tasks", component: TasksPage },
    { path: "/tasks/:incident(\\d+)/:order", name: "task", component: TaskPage },
    { path: "/village/:incident(\\d+)", name: "village", component: VillagePage },
    { path: "/messages", name: "messages", component: MessagesPage },
    { path: "/report", name: "report", component: ReportPage },
    { path: "/me", name: "me", component: MePage },
    { path: "/:rest(.*)*", redirect: "/" },
  ],
});

startLook();
createApp(FieldApp).use(createPinia()).use(createWords()).use(router).mount("#app");

/** Where the keyboard lies over the page (iOS), sheets stand above it; elsewhere the page itself grows smaller. */
const seen = window.visualViewport;
seen?.addEventListener("resize", () => document.documentElement.style.setProperty("--keyboard", `${Math.max(0, Math.round(window.innerHeight - seen.height - seen.offsetTop))}px`));

if ("serviceWorker" in navigator && import.meta.env.PROD) void startServiceWorker();
