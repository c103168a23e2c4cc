// What the rich editor has no shape for (formulas, sounds, films, ruby): shown whole, kept as it was written.
import { Boot } from "@wangeditor-next/editor";
import { h } from "snabbdom";
import { unstyled } from "./editor-paste.js";

const KEPT = "math, audio, video, ruby, figure, pre";
const SHELL = 'span[data-w-e-type="kept"]';
const BLOCKS = "p, ul, ol, blockquote, table, hr, h1, h2, h3, h4, h5, h6, pre, figure";
const SAME = { strong: "b", em: "i", strike: "s", del: "s" };
const MARKS = ["b", "i", "u", "s", "sub", "sup"];
const COUNTED = "b, i, u, s, sub, sup, a, img, ul, ol, li, blockquote, hr, h1, h2, h3, h4, h5, h6, table, tr, td, th, code";

/** A place in the editor's text that holds `html`. */
export function keptNode(html) {
  return { type: "kept", html, children: [{ text: "" }] };
}

function withKept(editor) {
  const { isInline, isVoid } = editor;
  editor.isInline = (element) => element.type === "kept" || isInline(element);
  editor.isVoid = (element) => element.type === "kept" || isVoid(element);
  return editor;
}

Boot.registerModule({
  editorPlugin: withKept,
  renderElems: [
    {
      type: "kept",
      renderElem: ({ html }) => h("span", { props: { className: "rich-kept", contentEditable: "false", innerHTML: html } }),
    },
  ],
  elemsToHtml: [{ type: "kept", elemToHtml: ({ html }) => html }],
  parseElemsHtml: [
    {
      selector: SHELL,
      parseElemHtml: (element) => keptNode(element.dataset.kept),
    },
  ],
});

function parse(html) {
  return new DOMParser().parseFromString(unstyled(html), "text/html").body;
}

/** The HTML as the editor can read it: what it would lose in a shell, everything in blocks. */
export function wrap(html) {
  const body = parse(html);
  const document = body.ownerDocument;
  for (const element of body.querySelectorAll(KEPT)) {
    if (element.parentElement.closest(KEPT)) continue;
    const shell = document.createElement("span");
    shell.dataset.wEType = "kept";
    shell.dataset.kept = element.outerHTML;
    element.replaceWith(shell);
  }
  for (const element of [...body.querySelectorAll("div")].reverse()) {
    if (!element.querySelector(BLOCKS)) element.replaceWith(filled(document.createElement("p"), element.childNodes));
    else element.replaceWith(...element.childNodes);
  }
  let paragraph = null;
  for (const node of [...body.childNodes]) {
    if (node.matches?.(BLOCKS)) paragraph = null;
    else if (paragraph) paragraph.append(node);
    else if (node.nodeType === 1 || node.textContent.trim()) {
      paragraph = document.createElement("p");
      node.replaceWith(paragraph);
      paragraph.append(node);
    }
  }
  return body.innerHTML || "<p></p>";
}

function filled(element, nodes) {
  element.append(...nodes);
  return element;
}

/** What a text says and with which marks, so that two ways of writing it can be compared. */
function census(html) {
  const body = parse(html);
  for (const element of body.querySelectorAll(`${KEPT}, ${SHELL}`)) element.replaceWith("\u2020");
  const counts = {};
  for (const element of body.querySelectorAll(`${COUNTED}, ${Object.keys(SAME)}`)) {
    const name = SAME[element.localName] ?? element.localName;
    if (!MARKS.includes(name) || element.textContent) counts[name] = (counts[name] ?? 0) + 1;
  }
  return JSON.stringify([body.textContent.replace(/\s+/g, ""), Object.entries(counts).sort()]);
}

/** Whether the editor gives back all that it was given. */
export function isWhole(before, after) {
  return census(before) === census(after);
}
