// Where a selection lies: the paragraph, the offsets within its text, and how to show it as marked.

/** Nodes of the paragraph's own text: labels before and counts after it do not belong to it. */
function textNodes(paragraph) {
  const walker = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT, (node) =>
    node.parentElement.closest(".label, .cited, .article-title") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  );
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  return nodes;
}

/** The place of `range`, or null when it is not inside one paragraph of `body`. */
export function get(range, body) {
  const start = range.startContainer.parentElement?.closest("p[id]");
  if (!start || !body.contains(start)) return null;
  const nodes = textNodes(start);
  // The template puts one space between the label and the text; the text itself has none before it.
  const lead = nodes.map((node) => node.data).join("").match(/^\s*/)[0].length;
  let offset = -lead;
  let from = null;
  let to = null;
  const parts = [];
  for (const node of nodes) {
    if (range.intersectsNode(node)) {
      const first = node === range.startContainer ? range.startOffset : 0;
      const last = node === range.endContainer ? range.endOffset : node.data.length;
      if (last > first) {
        from ??= offset + first;
        to = offset + last;
        parts.push([node, first, last]);
      }
    }
    offset += node.data.length;
  }
  if (from === null) return null;
  const text = parts.map(([node, first, last]) => node.data.slice(first, last)).join("").trim();
  if (!text) return null;
  return { paragraph: start, anchor: start.id, start: Math.max(0, from), end: to, text, show: () => show(parts) };
}

function show(parts) {
  for (const [node, first, last] of parts) {
    const range = document.createRange();
    range.setStart(node, first);
    range.setEnd(node, last);
    const mark = document.createElement("span");
    mark.className = "own-note";
    range.surroundContents(mark);
  }
}
