// The fields of one question on the page: what they hold, and putting a stored answer back into them.

/** The fields of a question as {name: [values]}; the flag and the sequence are not part of them. */
export function fieldsOf(question) {
  const fields = {};
  for (const field of question.querySelectorAll("input, select, textarea")) {
    if (!field.name.startsWith("q")) continue;
    if ((field.type === "radio" || field.type === "checkbox") && !field.checked) continue;
    if (field.value.trim()) (fields[field.name] ??= []).push(field.value);
  }
  return fields;
}

/** Note which change of the question the page holds, for the script and for the plain form. */
export function setSequence(question, sequence) {
  question.dataset.sequence = sequence;
  question.querySelector(`[name="s${question.dataset.slot}"]`).value = sequence;
}

/** Put an answer, as it is kept or as the server sent it, into the fields of the question. */
export function fill(question, entry) {
  setSequence(question, entry.sequence);
  for (const field of question.querySelectorAll("input, select, textarea")) {
    const values = entry.fields[field.name] ?? [];
    if (field.name.startsWith("f")) field.checked = entry.flagged;
    else if (field.type === "radio" || field.type === "checkbox") field.checked = values.includes(field.value);
    else if (field.name.startsWith("q")) field.value = values[0] ?? "";
  }
  question.dispatchEvent(new CustomEvent("quiz:filled"));
}

function holdsDefault(field) {
  if (field.type === "radio" || field.type === "checkbox") return field.checked === field.defaultChecked;
  if (field.tagName !== "SELECT") return field.value === field.defaultValue;
  return field.value === (field.querySelector("option[selected]") ?? field.options[0]).value;
}

/** Whether somebody has changed the question since the server wrote the page. */
export function isTouched(question) {
  return [...question.querySelectorAll("input, select, textarea")].some((field) => /^[qf]\d/.test(field.name) && !holdsDefault(field));
}

/** Whether the field is one that is typed into. */
export function isTyped(field) {
  return field.matches("input[type=text], textarea");
}

/** The field of the question that takes the keyboard first: what is chosen, else the first one. */
export function firstField(question) {
  return question.querySelector("input[name^=q]:checked") ?? question.querySelector("input[name^=q], select, textarea") ?? question;
}
