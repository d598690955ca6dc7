// Reads {"rows": [[...]], "formats": {"name": "bookType"}, "folder": "..."} from stdin; writes folder/name by SheetJS.
const fs = require("fs");
const path = require("path");
const XLSX = require("xlsx");

const asked = JSON.parse(fs.readFileSync(0, "utf8"));
const book = XLSX.utils.book_new();
XLSX.utils.book_append_sheet(book, XLSX.utils.aoa_to_sheet(asked.rows), "名单");
for (const [name, bookType] of Object.entries(asked.formats)) {
  fs.writeFileSync(path.join(asked.folder, name), XLSX.write(book, { bookType, type: "buffer", FS: asked.separator }));
}
