import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import vue from "@vitejs/plugin-vue";
import { build, defineConfig, type Plugin } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const server = process.env["CITYBRAIN_DEV_SERVER"] ?? "http://127.0.0.1:8000";

const OUTSIDE = /,\s*url\(\s*["']?(https?:)?\/\/[^)]*\)\s*(format\([^)]*\))?/g;
const INLINE_FONT = /url\(\s*["']?data:font\/woff2[^,]*;base64,([A-Za-z0-9+/=]+)["']?\s*\)/;

/**
 * Vant's icon font is written into its style sheet, which our Content-Security-Policy refuses, and names an outside
 * fallback address, which a page on site must never ask: it becomes a file of ours.
 */
function localOnly(): Plugin {
  return {
    name: "citybrain-local-only",
    enforce: "pre",
    transform(code, id) {
      if (!/vant[\\/]lib[\\/]index\.css/.test(id)) return null;
      const file = here("node_modules/.vant/icon.woff2");
      const font = INLINE_FONT.exec(code)?.[1];
      if (!font) throw new Error("Vant's icon font is not where it was: look at its style sheet again.");
      mkdirSync(here("node_modules/.vant"), { recursive: true });
      writeFileSync(file, Buffer.from(font, "base64"));
      return { code: code.replace(OUTSIDE, "").replace(INLINE_FONT, `url("${file}")`), map: null };
    },
  };
}

/** The one script that runs in the service worker beside what is written by hand: classic, in one piece. */
async function scriptAsleep(): Promise<string> {
  const made = await build({
    root: here("."),
    configFile: false,
    logLevel: "warn",
    resolve: { alias: { "@core": here("src/core") } },
    build: { write: false, target: "es2022", copyPublicDir: false, lib: { entry: here("src/field/send_asleep.ts"), formats: ["iife"], name: "asleep" } },
  });
  const piece = [made].flat().flatMap((one) => ("output" in one ? one.output : [])).find((one) => one.type === "chunk");
  if (piece?.type !== "chunk") throw new Error("The script of the service worker was not made.");
  return piece.code;
}

/** Writes into the service worker which files the phone's shell consists of, and copies the font's licence. */
function shellOfField(): Plugin {
  let folder = "";
  return {
    name: "citybrain-field-shell",
    apply: "build",
    async writeBundle(options, bundle) {
      folder = options.dir ?? here("../static");
      const page = readFileSync(`${folder}/field.html`, "utf8");
      const wanted = new Set([...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((match) => match[1] ?? ""));
      for (const name of [...wanted]) {
        const chunk = bundle[name.slice(1)];
        if (chunk?.type === "chunk") for (const other of chunk.imports) wanted.add(`/${other}`);
      }
      const asleep = await scriptAsleep();
      const version = createHash("sha256").update(page).update(asleep).update([...wanted].sort().join()).digest("hex").slice(0, 12);
      const worker = readFileSync(here("src/field/service-worker.js"), "utf8")
        .replace('"__VERSION__"', JSON.stringify(version))
        .replace('["__SHELL__"]', JSON.stringify(["/field", ...wanted]));
      writeFileSync(`${folder}/field-sw.js`, `${asleep}\n${worker}`);
      copyFileSync(here("node_modules/@fontsource-variable/noto-sans-sc/LICENSE"), `${folder}/assets/NotoSansSC-OFL.txt`);
    },
  };
}

export default defineConfig({
  root: here("."),
  base: "/",
  plugins: [localOnly(), vue(), shellOfField()],
  resolve: { alias: { "@core": here("src/core") } },
  define: {
    __VUE_OPTIONS_API__: "true",
    __VUE_PROD_DEVTOOLS__: "false",
    __VUE_I18N_FULL_INSTALL__: "false",
    __VUE_I18N_LEGACY_API__: "false",
    __INTLIFY_PROD_DEVTOOLS__: "false",
    __INTLIFY_DROP_MESSAGE_COMPILER__: "false",
    __INTLIFY_JIT_COMPILATION__: "true",
  },
  worker: { format: "es" },
  build: {
    target: "es2022",
    outDir: here("../static"),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
    reportCompressedSize: false,
    rollupOptions: { input: { wall: here("wall.html"), desk: here("desk.html"), field: here("field.html") } },
  },
  server: {
    host: "127.0.0.1",
    proxy: { "/api": { target: server, ws: true, changeOrigin: false } },
  },
});
