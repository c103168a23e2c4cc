// The files that somebody has chosen or dropped, folders included, as far as the field accepts them.

/** Whether the field's `accept` list allows the file; without a list everything is allowed. */
function isAccepted(file, accept) {
  const allowed = accept.split(",").map((one) => one.trim().toLowerCase()).filter(Boolean);
  if (!allowed.length) return true;
  const name = file.name.toLowerCase();
  return allowed.some((one) => {
    if (one.startsWith(".")) return name.endsWith(one);
    return one.endsWith("/*") ? file.type.startsWith(one.slice(0, -1)) : file.type === one;
  });
}

/** Of the files of a folder those that are accepted, and how many are not; hidden files are no files. */
export function sift(files, accept) {
  const seen = files.filter((file) => !file.name.startsWith("."));
  const accepted = seen.filter((file) => isAccepted(file, accept));
  return { accepted, skipped: seen.length - accepted.length };
}

async function readFolder(entry) {
  const reader = entry.createReader();
  const files = [];
  for (;;) {
    // A reader gives at most a hundred entries at a time, and none at the end.
    const entries = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!entries.length) return files;
    for (const one of entries) files.push(...(await readEntry(one)));
  }
}

async function readEntry(entry) {
  if (entry.isDirectory) return readFolder(entry);
  return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
}

/** What was dropped: { files, isFolder }. */
export async function readDropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return { files: [...transfer.files], isFolder: false };
  const files = [];
  for (const entry of entries) files.push(...(await readEntry(entry)));
  return { files, isFolder: true };
}
