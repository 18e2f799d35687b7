// Tables that can be sorted by a click on a heading, and one that can be filtered.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  const value = (row, i) => {
    const text = row.cells[i].textContent.trim(), number = parseFloat(text);
    return /^-?[\d.]+%?$/.test(text) ? number : text === "–" ? -Infinity : text;
  };
  heads.forEach((head, i) => {
    if (head.tagName !== "TH") return;
    const button = document.createElement("button");
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.onclick = () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const keyed = [...body.rows].map(row => [value(row, i), row]);
      keyed.sort(([a], [b]) => typeof a === "number" && typeof b === "number"
        ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true }));
      if (down) keyed.reverse();
      body.append(...keyed.map(([, row]) => row));
    };
  });
}
const tools = document.querySelector(".tools"), box = tools.querySelector("input");
const says = tools.querySelector("[role=status]");
const rows = [...document.getElementById("students").tBodies[0].rows];
const texts = rows.map(row => row.textContent.replace(/\s+/g, " ").toLowerCase());
tools.hidden = false;
box.oninput = () => {
  const wanted = box.value.trim().toLowerCase();
  let count = 0;
  rows.forEach((row, i) => { row.hidden = !texts[i].includes(wanted); count += !row.hidden; });
  says.textContent = wanted ? says.dataset.says.replace("{}", count) : "";
};
