// Words of a module come from its element: data-text-sent="已发送 {count} 条。" is t(element, "sent", {count: 3}).

/** The sentence `name` of `element`, with {key} replaced; the name itself when there is none. */
export function t(element, name, values = {}) {
  const key = `text${name.replace(/(^|-)([a-z])/g, (_, dash, letter) => letter.toUpperCase())}`;
  const sentence = element.dataset[key] ?? name;
  return sentence.replace(/\{(\w+)\}/g, (whole, word) => String(values[word] ?? whole));
}
