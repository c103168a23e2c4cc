// The rich editor of text lessons; without it the form works with its plain textarea.

import { createEditor, createToolbar, i18nChangeLanguage } from "@wangeditor-next/editor";
import { HOVER_BARS } from "../lib/editor-bars.js";
import { keepNamed } from "../lib/editor-names.js";
import { pasteUnstyled } from "../lib/editor-paste.js";
import { postForm } from "../lib/http.js";

// Only what the saved HTML keeps: no colours, sizes or alignment.
const TOOLS = [
  "headerSelect", "bold", "italic", "underline", "|",
  "bulletedList", "numberedList", "blockquote", "divider", "|",
  "insertLink", "uploadImage", "insertTable", "|", "clearStyle", "undo", "redo",
];
const PICTURE_BYTES = 5 * 1024 * 1024;

export function mount(form) {
  const part = (name) => form.querySelector(`[data-part="${name}"]`);
  const textarea = part("plain").querySelector("textarea");
  i18nChangeLanguage(form.dataset.language === "en" ? "en" : "zh-CN");
  for (const name of ["bar", "body"]) part(name).hidden = false;
  let changed = false;
  const editor = createEditor({
    selector: part("body"),
    html: textarea.value || "<p></p>",
    mode: "simple",
    config: {
      placeholder: form.dataset.placeholder,
      scroll: false,
      autoFocus: false,
      hoverbarKeys: HOVER_BARS,
      customPaste: pasteUnstyled,
      onChange: () => (changed = true),
      customAlert: (message) => window.alert(message),
      MENU_CONF: {
        uploadImage: {
          allowedFileTypes: ["image/png", "image/jpeg", "image/gif", "image/webp"],
          maxFileSize: PICTURE_BYTES,
          customUpload: async (file, insert) => {
            const data = new FormData();
            data.append("file", file);
            try {
              const { url } = await postForm(form.dataset.uploadUrl, data);
              insert(url, "", "");
            } catch (error) {
              window.alert(error.message || form.dataset.textFailed);
            }
          },
        },
      },
    },
  });
  createToolbar({ editor, selector: part("bar"), mode: "simple", config: { toolbarKeys: TOOLS } });
  const label = part("plain").querySelector("label")?.textContent.trim() ?? "";
  keepNamed(form, label);
  part("plain").hidden = true;
  changed = false;
  form.addEventListener("submit", () => {
    textarea.value = editor.getHtml();
    part("format").value = "html";
    changed = false;
  });
  window.addEventListener("beforeunload", (event) => changed && event.preventDefault());
}
