// Nothing on the page needs this file.
"use strict";

const said = JSON.parse(document.currentScript.dataset.words);

const make = (tag, props, ...children) => {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children);
  return node;
};

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const on = (node, name, act) => node.addEventListener(name, act);
const byId = (id) => document.getElementById(id);
const topOf = (node) => node.getBoundingClientRect().top;
const held = (event) => event.ctrlKey || event.metaKey || event.altKey;
const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

function addFinder(section) {
  const rows = all(".f", section).map((row) => [row, fold(row.querySelector("i").textContent)]);
  const placeholder = section.dataset.find;
  const ariaLabel = `${placeholder} ${said.list}`;
  const input = make("input", { type: "search", className: "pick", placeholder, ariaLabel, dir: "auto", autocomplete: "off" });
  const told = make("p", { className: "quiet", role: "status" });
  let before;
  on(input, "input", () => {
    const wanted = fold(input.value.trim());
    for (const [row, name] of rows) row.hidden = !name.includes(wanted);
    const left = (part) => part.querySelectorAll(".f:not([hidden])").length;
    for (const part of all("details", section)) {
      if (!before) part.was = part.open;
      part.open = wanted || part.was;
      part.firstChild.hidden = wanted;
      part.hidden = !left(part);
    }
    for (const list of all("ul.fs", section)) {
      list.hidden = !left(list);
      const heading = list.previousElementSibling;
      if (heading?.matches("h3")) heading.hidden = list.hidden && !list.nextElementSibling?.matches("details:not([hidden])");
    }
    before = wanted;
    const count = left(section);
    told.textContent = wanted && (count ? said.found.replace("{}", count) : said.none);
  });
  section.querySelector("h2").after(input, told);
}

all("[data-find]").forEach(addFinder);

// The combobox of the WAI-ARIA Authoring Practices.

function addSuggestions(input) {
  const list = make("ul", { id: "suggestions", className: "suggestions", hidden: true, role: "listbox", ariaLabel: said.suggestions });
  const status = make("p", { className: "vh", role: "status" });
  let options = [];
  let active = -1;
  let timer;
  let asked;

  const mark = (index) => {
    active = index;
    options.forEach((option, place) => (option.ariaSelected = place === index));
    if (index < 0) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", options[index].id);
    options[index].scrollIntoView({ block: "nearest" });
  };
  const close = () => {
    clearTimeout(timer);
    asked?.abort();
    list.hidden = true;
    input.ariaExpanded = "false";
    mark(-1);
  };
  const take = (index) => {
    input.value = options[index].q;
    close();
    input.form.requestSubmit();
  };
  const option = ({ q, value, about, counted }, place) => {
    const parts = [make("bdi", {}, value), make("small", {}, ` ${about}`), make("b", {}, counted)];
    const node = make("li", { id: `suggestion-${place}`, role: "option", q }, ...parts);
    on(node, "click", () => take(place));
    return node;
  };
  const show = (answer) => {
    options = answer.suggestions.map(option);
    list.replaceChildren(...options);
    mark(-1);
    list.hidden = !options.length;
    input.ariaExpanded = !list.hidden;
    status.textContent = options.length ? answer.said : "";
  };
  const ask = async () => {
    const typed = input.value;
    asked?.abort();
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
    Enter: () => take(active),
    Escape: () => (list.hidden ? (input.value = "") : close()),
  };

  // A search field has its own way to be cleared; a combobox is a text field.
  Object.assign(input, { type: "text", role: "combobox", ariaExpanded: "false", ariaAutoComplete: "list" });
  input.setAttribute("aria-controls", list.id);
  input.parentNode.append(list, status);
  on(input, "input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 90);
  });
  on(input, "keydown", (event) => {
    if (event.isComposing || held(event) || !keys[event.key]) return;
    if (event.key === "Enter" && active < 0) return close();
    event.preventDefault();
    keys[event.key]();
  });
  on(input, "blur", close);
  on(list, "pointerdown", (event) => event.preventDefault());
}

function addSteps(nav) {
  const ids = nav.dataset.steps.split(" ");
  const hits = ids.map(byId);
  const map = all(".map>a");
  const position = nav.querySelector(".pos");
  const told = make("span", { className: "vh", role: "status" });
  const [back, next] = [said.previous, said.next].map((word) => make("a", {}, word));
  let here;

  const draw = (index) => {
    if (index === here) return;
    map[here]?.classList.remove("at");
    map[index]?.classList.add("at");
    here = index;
    position.textContent = here < 0 ? position.dataset.all : nav.dataset.place.replace("{}", here + 1);
    for (const [link, id, far] of [[back, ids[here - 1], nav.dataset.before], [next, ids[here + 1], nav.dataset.after]]) {
      const to = id ? `#${id}` : far;
      if (to) link.href = to;
      else link.removeAttribute("href");
      link.role = to ? null : "link";
      link.ariaDisabled = to ? null : "true";
    }
  };
  const aimed = () => ids.indexOf(location.hash.slice(1));
  const look = () => {
    const box = hits[aimed()]?.getBoundingClientRect();
    draw(box && box.bottom > 0 && box.top < innerHeight ? aimed() : hits.findLastIndex((hit) => topOf(hit) < innerHeight / 3));
  };
  // In a table, a word may be far off.
  const reveal = () => hits[aimed()]?.querySelector("mark")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  // Replaced, so that a step back is the list of results.
  const step = (id) => {
    location.replace(`#${id}`);
    draw(ids.indexOf(id));
    told.textContent = position.textContent;
  };
  for (const link of [back, next, ...map])
    on(link, "click", (event) => {
      const to = link.getAttribute("href");
      if (to?.[0] !== "#") return;
      event.preventDefault();
      step(to.slice(1));
    });
  nav.querySelector(".go").replaceChildren(back, next);
  nav.append(told);
  on(window, "load", reveal);
  on(window, "hashchange", () => {
    look();
    reveal();
  });
  on(window, "scroll", () => requestAnimationFrame(look));
  draw(aimed());
  return { n: () => next.click(), p: () => back.click() };
}

for (const link of all(".toc>*>a")) on(link, "click", () => byId("_contents").hidePopover());

const copy = async (text, place, ...more) => {
  await navigator.clipboard.writeText(text);
  document.querySelector(".copied")?.remove();
  place.append(make("span", { className: "copied", role: "status" }, ` ${said.copied} `, ...more));
};

on(document, "click", async (event) => {
  const link = event.target.closest("a[data-cite]");
  if (!link || !navigator.clipboard || held(event) || event.shiftKey) return;
  event.preventDefault();
  const { href } = link;
  try {
    const answer = await fetch(href.replace(/(?=\?|$)/, ".txt"));
    if (!answer.ok) throw Error();
    await copy(await answer.text(), link.parentNode, make("a", { href, textContent: said.formats }));
  } catch {
    location.href = href;
  }
});

for (const button of all("button.copy")) {
  button.hidden = !navigator.clipboard;
  on(button, "click", () => copy(byId(button.value).textContent, button.parentNode));
}

// What takes a click back stands in the same row.
function keepPlace(rail) {
  const { from, to, open, top } = JSON.parse(sessionStorage.place ?? "{}");
  delete sessionStorage.place;
  if (to === location.href) {
    if (open) rail.showPopover();
    const link = all("a", rail).find((one) => one.href === from);
    if (link) {
      link.closest("details")?.setAttribute("open", "");
      link.focus();
      (open ? rail : window).scrollBy(0, topOf(link) - top);
    }
  }
  on(rail, "click", ({ target }) => {
    const link = target.closest("a");
    if (!link) return;
    const from = location.href.split("#")[0];
    const open = rail.matches(":popover-open");
    sessionStorage.place = JSON.stringify({ from, to: link.href, open, top: topOf(link) });
  });
}

for (const box of all("[data-kept]")) {
  box.parentNode.hidden = false;
  try {
    box.checked = localStorage[box.id] !== "off";
    on(box, "change", () => (localStorage[box.id] = box.checked ? "on" : "off"));
  } catch {}
}

const box = byId("_q");
const [bar] = all("[data-steps]");
const pressed = bar ? addSteps(bar) : {};
if (box) {
  addSuggestions(box);
  pressed["/"] = () => {
    box.focus();
    box.select();
  };
}
const keys = byId("_keys");
on(keys, "toggle", ({ newState }) => newState === "open" && keys.querySelector("button").focus());
pressed["?"] = () => keys.togglePopover();

on(document, "keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox], [type=radio])");
  if (typing && (typing.value || event.key !== "?")) return;
  if (held(event) || !byId("_letters").checked || !pressed[event.key]) return;
  event.preventDefault();
  pressed[event.key]();
});

all("#filters").forEach(keepPlace);
