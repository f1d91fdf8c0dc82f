// Adds to a page that is whole without it: search, a filter and sorting for long tables.
"use strict";
(function () {
  const numeric = /^[−+-]?[\d,]+$/;

  function key(cell) {
    const data = cell.querySelector("data");
    const text = (data ? data.value : cell.textContent).trim();
    if (text === "–") return -Infinity;
    if (data) return Number(text);
    return numeric.test(text) ? Number(text.replace("−", "-").replace(/,/g, "")) : text;
  }

  function compare(one, other) {
    if (typeof one === "number" && typeof other === "number") return one - other;
    if (typeof one === "number") return -1;
    if (typeof other === "number") return 1;
    return one < other ? -1 : one > other ? 1 : 0;
  }

  function sortable(table) {
    const heads = Array.from(table.tHead.rows[0].cells);
    const body = table.tBodies[0];
    heads.forEach(function (head, column) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", function () {
        const falling = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", falling ? "descending" : "ascending");
        const rows = Array.from(body.rows, (row) => [key(row.cells[column]), row]);
        rows.sort((a, b) => (falling ? compare(b[0], a[0]) : compare(a[0], b[0])));
        body.append(...rows.map((pair) => pair[1]));
      });
    });
  }

  function searchable(box) {
    const tools = box.querySelector(".tools");
    const search = tools.querySelector("input[type=search]");
    const only = tools.querySelector("input[type=checkbox]");
    const status = tools.querySelector("[role=status]");
    const rows = Array.from(box.querySelector("tbody").rows);
    let texts = null;

    function apply() {
      texts = texts || rows.map((row) => Array.from(row.cells, (cell) => cell.textContent).join("\n").toLowerCase());
      const wanted = search.value.trim().toLowerCase();
      let shown = 0;
      rows.forEach(function (row, index) {
        const fits = texts[index].includes(wanted) && (!only.checked || row.classList.contains("differs"));
        if (row.hidden === fits) row.hidden = !fits;
        shown += fits ? 1 : 0;
      });
      const all = rows.length.toLocaleString("en");
      status.textContent = shown.toLocaleString("en") + " of " + all + " shown";
    }

    let waiting = 0;
    search.addEventListener("input", function () {
      clearTimeout(waiting);
      waiting = setTimeout(apply, 80);
    });
    search.addEventListener("keydown", function (pressed) {
      if (pressed.key === "Escape") {
        search.value = "";
        apply();
      }
    });
    only.addEventListener("change", apply);
    status.textContent = rows.length.toLocaleString("en") + " shown";
    tools.hidden = false;
  }

  document.querySelectorAll("table.sortable").forEach(sortable);
  document.querySelectorAll(".searchable").forEach(searchable);

  // Paper shows everything; afterwards the page is as it was.
  let closed = [];
  window.addEventListener("beforeprint", function () {
    closed = Array.from(document.querySelectorAll("details:not([open])"));
    closed.forEach((one) => (one.open = true));
  });
  window.addEventListener("afterprint", function () {
    closed.forEach((one) => (one.open = false));
  });
})();
