// Pasted texts without their styles: the page's policy would complain of them, and none is saved.

const STYLE = /\sstyle\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)/gi;

/** The HTML without style attributes and style sheets; before any parser sees it. */
export function unstyled(html) {
  return html.replace(/<style\b[\s\S]*?<\/style\s*>/gi, "").replace(/<[^>]*>/g, (tag) => tag.replace(STYLE, ""));
}

/** What comes from elsewhere with HTML is handed to the editor without styles; false when that was done. */
export function pasteUnstyled(editor, event) {
  const given = event.clipboardData;
  const html = given.getData("text/html");
  if (!html || given.getData("application/x-slate-fragment")) return true;
  const plain = new DataTransfer();
  plain.setData("text/html", unstyled(html));
  plain.setData("text/plain", given.getData("text/plain"));
  event.preventDefault();
  editor.insertData(plain);
  return false;
}
