// The bars that the rich editor shows over what is chosen: only what the saved HTML keeps, no widths, borders or colours.
export const HOVER_BARS = {
  table: { menuKeys: ["enter", "tableHeader", "insertTableRow", "deleteTableRow", "insertTableCol", "deleteTableCol", "mergeTableCell", "splitTableCell", "deleteTable"] },
};
