"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") !== "descending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = (row) => row.cells[column].textContent;
      const rows = [...table.tBodies[0].rows];
      const numbers = rows.every((row) => !isNaN(key(row)));
      rows.sort((a, b) => numbers ? key(a) - key(b) : key(a).localeCompare(key(b)));
      table.tBodies[0].append(...(down ? rows.reverse() : rows));
    });
  });
}
const search = document.getElementById("search");
if (search) {
  const rows = [...document.querySelectorAll("table.sortable tbody tr")];
  const texts = rows.map((row) => (row.textContent + " " + row.dataset.words).toLowerCase());
  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/);
    let shown = 0;
    rows.forEach((row, i) => {
      row.hidden = !words.every((word) => texts[i].includes(word));
      shown += row.hidden ? 0 : 1;
    });
    document.getElementById("shown").textContent = shown === rows.length ? "" : shown + " of " + rows.length;
  });
}
