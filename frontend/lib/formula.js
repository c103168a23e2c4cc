// The dialog of a formula: written in LaTeX, shown while it is written, put in as MathML.
import temml from "temml";
import { t } from "./t.js";

/** The MathML of a formula; throws with temml's words when it cannot be read. */
function mathml(latex, display) {
  return temml.renderToString(latex, { displayMode: display, throwOnError: true, annotate: false });
}

/** Ask for a formula; `insert` gets its MathML. One dialog serves all texts of the page. */
export function askFormula(dialog, insert) {
  const part = (name) => dialog.querySelector(`[data-part="${name}"]`);
  const [input, block, shown, problem] = ["latex", "block", "shown", "problem"].map(part);
  const show = () => {
    problem.textContent = "";
    shown.replaceChildren();
    if (!input.value.trim()) return "";
    try {
      const html = mathml(input.value, block.checked);
      shown.innerHTML = html;
      return html;
    } catch (error) {
      problem.textContent = t(dialog, "bad", { reason: error.message.split("\n")[0] });
      return "";
    }
  };
  input.value = "";
  show();
  input.oninput = block.onchange = show;
  part("cancel").onclick = () => dialog.close();
  part("insert").onclick = () => {
    const html = show();
    if (!html) return input.focus();
    dialog.close();
    insert(html);
  };
  dialog.showModal();
  input.focus();
}
