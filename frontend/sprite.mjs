// The icons that pages name, gathered into one SVG file.
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

const OUTLINE = ["node_modules", "@tabler", "icons", "icons", "outline"];
const FILLED = ["node_modules", "@tabler", "icons", "icons", "filled"];
const NAMED = /\bicon(?:\(|=)\s*["']([a-z0-9-]+)["']/g;

/** Names written as icon("…") or icon="…" in templates and Python files below `folder`. */
async function namesBelow(folder) {
  const names = new Set();
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !/\.(html|py)$/.test(entry.name)) continue;
    const text = await readFile(join(entry.parentPath ?? entry.path, entry.name), "utf8");
    for (const match of text.matchAll(NAMED)) names.add(match[1]);
  }
  return names;
}

/** One <symbol> an icon, drawn with the colour of the text around it. */
async function symbol(root, name) {
  const filled = name.endsWith("-filled");
  const path = join(root, "frontend", ...(filled ? FILLED : OUTLINE), `${name.replace(/-filled$/, "")}.svg`);
  const source = await readFile(path, "utf8").catch(() => null);
  if (source === null) {
    console.warn(`There is no icon named "${name}".`);
    return "";
  }
  const shapes = source.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "").trim();
  const paint = filled
    ? 'fill="currentColor"'
    : 'fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"';
  return `<symbol id="${name}" viewBox="0 0 24 24" ${paint}>${shapes}</symbol>`;
}

/** The sprite: the names of icons.json and those found in the sources of the product. */
export async function buildSprite(root) {
  const listed = JSON.parse(await readFile(join(root, "frontend", "icons.json"), "utf8"));
  const names = new Set([...listed, ...(await namesBelow(join(root, "lms")))]);
  const symbols = await Promise.all([...names].sort().map((name) => symbol(root, name)));
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.filter(Boolean).join("")}</svg>`;
}
