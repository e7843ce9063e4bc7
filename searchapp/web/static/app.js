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
  const map = [...document.querySelectorAll(".map>a")];
  const position = nav.querySelector(".pos");
  const told = make("span", { className: "vh", role: "status" });
  let here;

  const leads = (link, to) =>
    link.addEventListener("click", (event) => {
      event.preventDefault();
      step(to());
    });
  const links = [[said.previous, -1], [said.next, 1]].map(([textContent, by]) => {
    const link = make("a", { textContent });
    leads(link, () => here + by);
    return [link, by];
  });
  const draw = (index) => {
    if (index === here) return;
    map[here]?.classList.remove("at");
    map[index]?.classList.add("at");
    here = index;
    position.textContent = here < 0 ? position.dataset.all : nav.dataset.place.replace("{}", here + 1);
    for (const [link, by] of links) {
      const id = ids[here + by];
      if (id) link.href = `#${id}`;
      else link.removeAttribute("href");
      Object.assign(link, id ? { role: null, ariaDisabled: null } : { role: "link", ariaDisabled: "true" });
    }
  };
  const aimed = () => ids.indexOf(location.hash.slice(1));
  const look = () => {
    const box = hits[aimed()]?.getBoundingClientRect();
    const seen = box && box.bottom > 0 && box.top < innerHeight;
    draw(seen ? aimed() : hits.findLastIndex((hit) => hit.getBoundingClientRect().top < innerHeight / 3));
  };
  // In a table the word may be far from the start of its passage.
  const reveal = () => hits[aimed()]?.querySelector("mark")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  // The address is replaced, so that one step back in the history is the list of results.
  const step = (to) => {
    if (!ids[to]) return;
    location.replace(`#${ids[to]}`);
    draw(to);
    told.textContent = position.textContent;
  };
  map.forEach((link, place) => leads(link, () => place));
  nav.querySelector(".go").replaceChildren(...links.map(([link]) => link));
  nav.append(told);
  document.body.classList.add("is-stepped");
  addEventListener("load", reveal);
  addEventListener("hashchange", () => {
    look();
    reveal();
  });
  addEventListener("scroll", () => requestAnimationFrame(look), { passive: true });
  draw(aimed());
  return { n: () => step(here + 1), p: () => step(here - 1) };
}

document.querySelector(".toc")?.addEventListener("click", (event) => {
  if (event.target.closest("a")) event.currentTarget.closest("[popover]").hidePopover();
});

// --- References ---

const copy = async (text, place, ...more) => {
  await navigator.clipboard.writeText(text);
  document.querySelector(".copied")?.remove();
  place.append(make("span", { className: "copied", role: "status" }, ` ${said.copied} `, ...more));
};

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-cite]");
  if (!link || !navigator.clipboard || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const { href } = link;
  const file = new URL(href);
  file.pathname += ".txt";
  try {
    const answer = await fetch(file);
    if (!answer.ok) throw new Error(answer.status);
    await copy(await answer.text(), link.parentNode, make("a", { href, textContent: said.formats }));
  } catch {
    location.href = href;
  }
});

for (const button of document.querySelectorAll("button.copy")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", () => copy(document.getElementById(button.value).textContent, button.parentNode));
}

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

// --- Switches, kept where the browser lets us; keys ---

for (const box of document.querySelectorAll("[data-kept]")) {
  box.parentNode.hidden = false;
  try {
    box.checked = localStorage[box.id] !== "off";
    box.addEventListener("change", () => (localStorage[box.id] = box.checked ? "on" : "off"));
  } catch {}
}

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
const panel = document.getElementById("keys");
panel.addEventListener("toggle", (event) => event.newState === "open" && panel.querySelector("button").focus());
pressed["?"] = () => panel.togglePopover();

document.addEventListener("keydown", (event) => {
  const off = event.ctrlKey || event.metaKey || event.altKey || !document.getElementById("letters").checked;
  if (off || !pressed[event.key] || event.target.closest("input:not([type=checkbox], [type=radio])")) return;
  event.preventDefault();
  pressed[event.key]();
});

const filters = document.getElementById("filters");
if (filters) keepPlace(filters);
