// The rich editor of one text of a question, with files of the bank and formulas.
import { createEditor, createToolbar, i18nChangeLanguage } from "@wangeditor-next/editor";
import { HOVER_BARS } from "./editor-bars.js";
import { isWhole, keptNode, wrap } from "./editor-kept.js";
import { keepNamed } from "./editor-names.js";
import { pasteUnstyled } from "./editor-paste.js";
import { askFormula } from "./formula.js";
import { post } from "./http.js";
import { t } from "./t.js";
import { sendFile } from "./tus.js";

// Only what the saved HTML keeps: no colours, sizes or alignment.
const TOOLS = ["bold", "italic", "underline", "sub", "sup", "|", "bulletedList", "numberedList", "insertLink", "insertTable", "|", "clearStyle", "undo", "redo"];
const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];

function escaped(text) {
  const element = document.createElement("p");
  element.textContent = text;
  return element.innerHTML;
}

/** What the editor begins with, whatever the field holds. */
function startOf(text, format) {
  if (format === "html") return wrap(text);
  const lines = text.split("\n").map((line) => `<p>${escaped(line)}</p>`);
  return lines.join("");
}

export class RichEditor {
  /** `field` is the block around the text, `form` says where files go and holds the sentences. */
  constructor(field, form) {
    this.field = field;
    this.form = form;
    this.text = this.part("text");
    this.changed = false;
  }

  part(name) {
    return this.field.querySelector(`[data-part="${name}"]`);
  }

  /** Open the editor in place of the plain field; false when it would lose some of the text. */
  open() {
    i18nChangeLanguage(this.form.dataset.language === "en" ? "en" : "zh-CN");
    const start = startOf(this.text.value, this.part("format").value);
    this.editor = createEditor({ selector: this.part("body"), html: start, mode: "simple", config: this.config() });
    if (!isWhole(start, this.editor.getHtml())) {
      this.say(t(this.form, "source"));
      return false;
    }
    for (const name of ["bar", "body", "tools"]) this.part(name).hidden = false;
    createToolbar({ editor: this.editor, selector: this.part("bar"), mode: "simple", config: { toolbarKeys: TOOLS } });
    keepNamed(this.field, this.field.dataset.label);
    this.part("plain").hidden = true;
    this.listen();
    this.changed = false;
    return true;
  }

  /** Sizes of pictures go into attributes ("class"), because styles are not saved. */
  config() {
    return {
      placeholder: this.text.placeholder,
      scroll: false,
      autoFocus: false,
      textStyleMode: "class",
      hoverbarKeys: HOVER_BARS,
      customPaste: pasteUnstyled,
      onChange: () => (this.changed = true),
      customAlert: (message) => this.say(message),
      MENU_CONF: { uploadImage: { allowedFileTypes: PICTURES, customUpload: (file) => this.take(file) } },
    };
  }

  listen() {
    this.form.addEventListener("formdata", (event) => this.write(event.formData));
    this.form.addEventListener("submit", () => (this.leaving = true));
    this.part("file").addEventListener("change", () => this.takeAll());
    this.part("formula").addEventListener("click", () => askFormula(this.form.querySelector('[data-part="formula-dialog"]'), (html) => this.insert(keptNode(html))));
    window.addEventListener("beforeunload", (event) => this.changed && !this.leaving && event.preventDefault());
  }

  /** An untouched text goes as it came. */
  write(data) {
    if (!this.changed) return;
    const isEmpty = this.editor.isEmpty() && !this.editor.getElemsByType("kept").length;
    data.set(this.text.name, isEmpty ? "" : this.editor.getHtml());
    data.set(this.part("format").name, "html");
  }

  insert(node) {
    this.editor.restoreSelection();
    this.editor.insertNode(node);
    this.editor.move(1);
  }

  async takeAll() {
    const input = this.part("file");
    for (const file of [...input.files]) await this.take(file);
    input.value = "";
  }

  /** Send a picture, sound or film to the bank and put it where the cursor stands. */
  async take(file) {
    try {
      const { uploadUrl, filesUrl } = this.form.dataset;
      const token = await sendFile(file, uploadUrl, (share) => this.say(t(this.form, "sending", { name: file.name, percent: `${Math.floor(share * 100)}%` })));
      const { url, kind } = await post(filesUrl, { token });
      const html = kind === "image" ? "" : `<${kind} controls src="${url}"></${kind}>`;
      this.insert(html ? keptNode(html) : { type: "image", src: url, alt: "", href: "", style: {}, children: [{ text: "" }] });
      this.say("");
    } catch (error) {
      this.say(t(this.form, "failed", { name: file.name, reason: error.message }));
    }
  }

  say(sentence) {
    this.part("state").textContent = sentence;
  }
}
