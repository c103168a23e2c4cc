// Builds the front end into lms/web/static/dist: hashed files and a manifest that names them.
import { cp, mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { dirname, join, parse, relative } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import * as sass from "sass";
import { buildSprite } from "./sprite.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "..", "lms", "web", "static", "dist");
const staging = `${dist}.${process.pid}.new`;
const manifest = {};

/** Write `content` under a name that carries its hash, and note it in the manifest. */
async function put(name, content) {
  const { name: stem, ext } = parse(name);
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
  manifest[name] = `${stem}-${hash}${ext}`;
  await writeFile(join(staging, manifest[name]), content);
}

/** main.scss and each file of styles/extra become a style sheet; extras load on their pages only. */
async function buildStyles() {
  const extras = (await readdir(join(here, "styles", "extra"))).filter((name) => name.endsWith(".scss"));
  const sources = ["main.scss", ...extras.map((name) => join("extra", name))];
  for (const source of sources) {
    const { css } = sass.compile(join(here, "styles", source), {
      style: "compressed",
      loadPaths: [join(here, "styles"), join(here, "node_modules")],
      quietDeps: true,
      // Bootstrap 5.3 is written in the older Sass dialect.
      silenceDeprecations: ["import", "global-builtin", "color-functions", "if-function"],
    });
    await put(`${parse(source).name}.css`, css);
  }
}

/** The rich editor clears a style by setting an empty one, which the page's policy refuses. */
const clearsStyles = {
  name: "clears-styles",
  setup: (build) =>
    build.onLoad({ filter: /@wangeditor-next\/editor\/dist\/index\.mjs$/ }, async ({ path }) => {
      const [source, set, cleared] = [await readFile(path, "utf8"), '.attr("style","")', '.removeAttr("style")'];
      if (!source.includes(set)) throw new Error("The rich editor no longer sets empty styles: take this plugin out.");
      return { contents: source.replaceAll(set, cleared), loader: "js" };
    }),
};

/** main.js and, split off, each module with what it needs; loaded when a page asks for it. */
async function buildScripts() {
  const result = await esbuild.build({
    entryPoints: [join(here, "main.js")],
    bundle: true,
    splitting: true,
    format: "esm",
    target: ["es2020"],
    minify: true,
    metafile: true,
    legalComments: "none",
    outdir: staging,
    entryNames: "[name]-[hash]",
    chunkNames: "chunk-[name]-[hash]",
    assetNames: "[name]-[hash]",
    loader: { ".svg": "file", ".woff2": "file", ".woff": "file" },
    logLevel: "warning",
    plugins: [clearsStyles],
    absWorkingDir: here,
  });
  for (const [path, output] of Object.entries(result.metafile.outputs)) {
    if (output.entryPoint === "main.js") manifest["main.js"] = relative(staging, join(here, path));
  }
}

/** What pdf.js asks for by address: its worker, decoders, and maps for fonts that are not embedded. */
async function copyPdfParts() {
  const source = join(here, "node_modules", "pdfjs-dist");
  const { version } = JSON.parse(await readFile(join(source, "package.json"), "utf8"));
  manifest.pdf = `pdf-${version}`;
  const target = join(staging, manifest.pdf);
  for (const folder of ["cmaps", "standard_fonts", "wasm"]) {
    await cp(join(source, folder), join(target, folder), { recursive: true });
  }
  await cp(join(source, "legacy", "build", "pdf.worker.min.mjs"), join(target, "pdf.worker.js"));
}

/** Replace the served folder in one step, so that a running server never sees half a build. */
async function swap() {
  await writeFile(join(staging, "manifest.json"), JSON.stringify(manifest, null, 2));
  const old = `${dist}.${process.pid}.old`;
  await rename(dist, old).catch(() => {});
  await rename(staging, dist);
  await rm(old, { recursive: true, force: true });
}

try {
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true });
  await put("icons.svg", await buildSprite(join(here, "..")));
  await put("seal.svg", await readFile(join(here, "seal.svg")));
  await buildStyles();
  await buildScripts();
  await copyPdfParts();
  await swap();
  console.log(`built ${Object.keys(manifest).join(", ")}`);
} catch (error) {
  await rm(staging, { recursive: true, force: true });
  console.error(error.message ?? error);
  process.exit(1);
}
