// Nothing on the page needs this file. It adds suggestions to the search box, a box that narrows long lists, copying of
// references, steps from hit to hit that leave the history alone, and keys.
"use strict";

// What it says stands in the page, in the reader's language.
const said = JSON.parse(document.currentScript.dataset.words);

const make = (tag, props = {}, ...children) => {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children);
  return node;
};

const fold = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();

function addFinder(section) {
  const rows = [...section.querySelectorAll(".f")].map((row) => [row, fold(row.querySelector("i").textContent)]);
  const lists = [...section.querySelectorAll("ul.fs")];
  const details = [...section.querySelectorAll("details")];
  let before = "";
  const { find } = section.dataset;
  const ariaLabel = `${find} ${said.list}`;
  const input = make("input", { type: "search", className: "pick", placeholder: find, dir: "auto", autocomplete: "off", ariaLabel });
  const none = make("p", { className: "quiet", role: "status" });
  input.addEventListener("input", () => {
    const wanted = fold(input.value.trim());
    let count = 0;
    for (const [row, name] of rows) {
      row.hidden = !name.includes(wanted);
      if (!row.hidden) count += 1;
    }
    const empty = (part) => wanted && !part.querySelector(".f:not([hidden])");
    for (const part of details) {
      if (!before) part.was = part.open;
      part.open = wanted || part.was;
      part.firstChild.hidden = wanted;
      part.hidden = empty(part);
    }
    for (const list of lists) {
      const heading = list.previousElementSibling;
      list.hidden = empty(list);
      if (heading && heading.tagName === "H3") {
        const rest = list.nextElementSibling;
        heading.hidden = list.hidden && !(rest && rest.tagName === "DETAILS" && !rest.hidden);
      }
    }
    before = wanted;
    none.textContent = !wanted ? "" : count ? said.found.replace("{}", count) : said.none;
  });
  section.querySelector("h2").after(input, none);
}

document.querySelectorAll("[data-find]").forEach(addFinder);

// --- Suggestions: an editable combobox with list autocomplete (WAI-ARIA Authoring Practices) ---

const PAUSE = 90;

function addSuggestions(input) {
  const list = make("ul", { id: "suggestions", className: "suggestions", hidden: true, role: "listbox" });
  const status = make("p", { className: "vh", role: "status" });
  let options = [];
  let active = -1;
  let timer = 0;
  let asked = null;

  const mark = (index) => {
    active = index;
    options.forEach((option, place) => option.node.setAttribute("aria-selected", String(place === index)));
    if (index < 0) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", options[index].node.id);
    options[index].node.scrollIntoView({ block: "nearest" });
  };
  const close = () => {
    clearTimeout(timer);
    if (asked) asked.abort();
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    mark(-1);
  };
  const take = (index) => {
    input.value = options[index].q;
    close();
    input.form.requestSubmit();
  };
  const option = (found, place) => {
    const node = make(
      "li",
      { id: `suggestion-${place}`, role: "option" },
      make("bdi", { textContent: found.value }),
      make("small", { textContent: ` ${found.about}` }),
      make("b", { textContent: found.counted }),
    );
    node.addEventListener("click", () => take(place));
    return { node, q: found.q };
  };
  const show = (answer) => {
    options = answer.suggestions.map(option);
    list.replaceChildren(...options.map((one) => one.node));
    mark(-1);
    list.hidden = options.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    status.textContent = options.length ? answer.said : "";
  };
  const ask = async () => {
    const typed = input.value;
    if (asked) asked.abort();
    asked = new AbortController();
    if (!typed.trim() || input.selectionStart !== typed.length) return close();
    try {
      const answer = await fetch(`/api/suggest?q=${encodeURIComponent(typed)}`, { signal: asked.signal });
      if (answer.ok && document.activeElement === input && input.value === typed) show(await answer.json());
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  };
  const keys = {
    ArrowDown: () => (list.hidden ? ask() : mark((active + 1) % options.length)),
    ArrowUp: () => list.hidden || mark(active > 0 ? active - 1 : options.length - 1),
    Enter: () => active < 0 || take(active),
    Escape: () => (list.hidden ? (input.value = "") : close()),
  };

  // A search field has its own way to be cleared; a combobox is a text field.
  Object.assign(input, { type: "text", role: "combobox", ariaExpanded: "false", ariaAutoComplete: "list" });
  input.setAttribute("aria-controls", list.id);
  list.ariaLabel = said.suggestions;
  input.parentNode.append(list, status);
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || !keys[event.key]) return;
    if (event.key === "Enter" && active < 0) return close();
    event.preventDefault();
    keys[event.key]();
  });
  input.addEventListener("blur", close);
  list.addEventListener("pointerdown", (event) => event.preventDefault());
}

// --- From hit to hit of a document ---

function addSteps(nav) {
  const ids = nav.dataset.steps.split(" ");
  const hits = ids.map((id) => document.getElementById(id));
  const position = nav.querySelector(".pos");
  const [back, on] = [[said.previous, -1], [said.next, 1]].map(([textContent, by]) => {
    const link = make("a", { textContent });
    link.addEventListener("click", (event) => {
      event.preventDefault();
      step(by);
    });
    return link;
  });
  let here = -1;

  const draw = (index) => {
    here = index;
    position.textContent = here < 0 ? position.dataset.all : nav.dataset.place.replace("{}", here + 1);
    for (const [link, to] of [[back, here - 1], [on, here + 1]]) {
      if (ids[to]) link.href = `#${ids[to]}`;
      else link.removeAttribute("href");
      Object.assign(link, ids[to] ? { role: null, ariaDisabled: null } : { role: "link", ariaDisabled: "true" });
    }
  };
  const look = () => {
    const aimed = ids.indexOf(location.hash.slice(1));
    const box = aimed < 0 ? null : hits[aimed].getBoundingClientRect();
    if (box && box.bottom > 0 && box.top < innerHeight) return draw(aimed);
    draw(hits.findLastIndex((hit) => hit.getBoundingClientRect().top < innerHeight / 2));
  };
  // The address is replaced, so that one step back in the history is the list of results.
  const step = (by) => {
    const to = here + by;
    if (!ids[to]) return;
    location.replace(`#${ids[to]}`);
    draw(to);
  };
  nav.querySelector(".go").replaceChildren(back, on);
  document.body.classList.add("is-stepped");
  addEventListener("hashchange", look);
  addEventListener("scroll", () => requestAnimationFrame(look), { passive: true });
  look();
  return { n: () => step(1), p: () => step(-1) };
}

// --- References ---

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-cite]");
  if (!link || !navigator.clipboard || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const file = new URL(link.href);
  if (link.dataset.cite === "") file.pathname += ".txt";
  try {
    const answer = await fetch(file);
    if (!answer.ok) throw new Error(answer.status);
    await navigator.clipboard.writeText(await answer.text());
    document.querySelector(".copied")?.remove();
    const other = make("a", { href: link.href, textContent: link.dataset.cite ? said.open : said.formats });
    link.after(make("span", { className: "copied", role: "status" }, ` ${said.copied} `, other));
  } catch {
    location.href = link.href;
  }
});

// --- Filters: a click on a row leaves the reader there ---

function keepPlace(rail) {
  const name = (link) => {
    const row = link.closest("li");
    const facet = link.closest("section").textContent.slice(0, 4);
    return facet + (link.className === "not") + row?.parentNode.className + row?.querySelector("i").textContent;
  };
  const { href, open, row, top } = JSON.parse(sessionStorage.row ?? "{}");
  delete sessionStorage.row;
  if (href === location.href) {
    if (open) rail.showPopover();
    const link = [...rail.querySelectorAll("a")].find((one) => name(one) === row);
    if (link) {
      link.closest("details")?.setAttribute("open", "");
      link.focus();
      (open ? rail : window).scrollBy(0, link.getBoundingClientRect().top - top);
    }
  }
  rail.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link) return;
    const { top } = link.getBoundingClientRect();
    sessionStorage.row = JSON.stringify({ href: link.href, open: rail.matches(":popover-open"), row: name(link), top });
  });
}

// --- Keys ---

const box = document.getElementById("q");
const bar = document.querySelector("[data-steps]");
const pressed = bar ? addSteps(bar) : {};
if (box) {
  addSuggestions(box);
  pressed["/"] = () => {
    box.focus();
    box.select();
  };
}
pressed["?"] = () => document.getElementById("keys")?.togglePopover();

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  const written = typing && (typing.value || event.key !== "?");
  if (written || event.ctrlKey || event.metaKey || event.altKey || !pressed[event.key]) return;
  event.preventDefault();
  pressed[event.key]();
});

const filters = document.getElementById("filters");
if (filters) keepPlace(filters);
