// Nothing on the page needs this file. It adds a box that narrows long lists, and '/' to reach the search box.
"use strict";

const fold = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
const LONG = 12;

function addFinder(section) {
  const rows = [...section.querySelectorAll(".f")].map((row) => [row, fold(row.querySelector("i").textContent)]);
  if (rows.length < LONG) return;
  const lists = [...section.querySelectorAll("ul.fs")];
  const details = [...section.querySelectorAll("details")];
  const input = document.createElement("input");
  const none = document.createElement("p");
  Object.assign(input, { type: "search", className: "pick", placeholder: section.dataset.find, dir: "auto" });
  input.autocomplete = "off";
  input.setAttribute("aria-label", section.dataset.find + " in this list");
  none.className = "quiet";
  none.setAttribute("role", "status");
  input.addEventListener("input", () => {
    const wanted = fold(input.value.trim());
    let count = 0;
    for (const [row, name] of rows) {
      row.hidden = wanted !== "" && !name.includes(wanted);
      if (!row.hidden) count += 1;
    }
    for (const part of details) {
      part.open = wanted !== "";
      part.hidden = wanted !== "" && !part.querySelector(".f:not([hidden])");
    }
    for (const list of lists) {
      const empty = wanted !== "" && !list.querySelector(".f:not([hidden])");
      const heading = list.previousElementSibling;
      list.hidden = empty;
      if (heading && heading.tagName === "H3") {
        const rest = list.nextElementSibling;
        heading.hidden = empty && !(rest && rest.tagName === "DETAILS" && !rest.hidden);
      }
    }
    none.textContent = count || !wanted ? "" : "None in this list.";
  });
  section.querySelector("h2").after(input, none);
}

document.querySelectorAll("[data-find]").forEach(addFinder);

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  const box = document.getElementById("q");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey || !box) return;
  event.preventDefault();
  box.focus();
  box.select();
});
