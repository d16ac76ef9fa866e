/** The wall: starts on its terminal, asks nobody, lives as long as the screen does. */
import { createPinia } from "pinia";
import { createApp } from "vue";
import { createRouter, createWebHistory } from "vue-router";
import { createWords } from "@core/words";
import "@core/theme.css";
import { setRootSize } from "./root_size";
import WallApp from "./WallApp.vue";
import WallPage from "./WallPage.vue";

setRootSize();

const router = createRouter({
  history: createWebHistory("/"),
  routes: [
    { path: "/wall/:domain(emergency|public-order|urban-management|transport)?", name: "wall", component: WallPage },
    { path: "/wall/playback", name: "playback", component: () => import("./playback/PlaybackPage.vue") },
    { path: "/:rest(.*)*", redirect: "/wall" },
  ],
});

createApp(WallApp).use(createPinia()).use(createWords()).use(router).mount("#app");
