// A filter over the rows of a page, and a search for what all pages have: titles, headings, rows. Without it everything is still there.
(() => {
  const root = document.currentScript.dataset.root;
  const SHOWN = 20;

  const make = (name, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };
  const box = (host, label) => {
    const input = make("input", { type: "search", placeholder: label, autocomplete: "off", spellcheck: false });
    const status = make("p", { className: "status" });
    status.setAttribute("role", "status");
    host.append(make("label", { className: "box" }, make("span", { textContent: label }), input), status);
    return [input, status];
  };
  const words = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);
  const holds = (text, wanted) => wanted.every((word) => text.includes(word));

  // What sticks inside a table covers neither a row that a link leads to nor what has the focus.
  const measure = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const corner = target.querySelector("th");
      target.style.scrollPadding = `${corner.offsetHeight}px 0 0 ${corner.offsetWidth}px`;
    }
  });
  document.querySelectorAll(".table").forEach((table) => measure.observe(table));

  const filterHost = document.querySelector("[data-filter]");
  const tables = [...document.querySelectorAll("main table")].map((table) => ({
    head: table.tHead,
    none: table.caption.appendChild(make("span", { className: "none", hidden: true, textContent: ": no row matches the filter" })),
    rows: [...table.tBodies[0].rows].map((row) => {
      const copy = row.cloneNode(true);
      copy.querySelectorAll(".anchor").forEach((link) => link.remove());
      return { row, text: [...copy.cells].map((cell) => cell.textContent).join(" ").toLowerCase() };
    }),
  }));
  const total = tables.reduce((sum, { rows }) => sum + rows.length, 0);
  if (filterHost && total) {
    const [input, status] = box(filterHost, "Filter the rows of this page");
    const filter = () => {
      const wanted = words(input.value);
      let shown = 0;
      for (const { head, none, rows } of tables) {
        let left = 0;
        for (const { row, text } of rows) {
          row.hidden = !holds(text, wanted);
          left += row.hidden ? 0 : 1;
        }
        head.hidden = left === 0;
        none.hidden = left > 0;
        shown += left;
      }
      status.textContent = wanted.length ? `${shown} of ${total} rows` : "";
    };
    const clear = () => { input.value = ""; filter(); };
    input.addEventListener("input", filter);
    input.addEventListener("keydown", (event) => { if (event.key === "Escape") clear(); });
    window.addEventListener("hashchange", () => {
      const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (!target?.hidden) return;
      clear();
      target.scrollIntoView();
    });
  }

  const findHost = document.querySelector("[data-find]");
  const [input, status] = box(findHost, "Find a page, a heading or a row");
  const list = findHost.appendChild(make("ul", { className: "found", hidden: true }));
  list.setAttribute("aria-label", "Found on all pages");
  input.setAttribute("aria-keyshortcuts", "/");
  const script = (src) => new Promise((done) => {
    document.head.append(make("script", { src: `${root}assets/${src}`, onload: done, onerror: done }));
  });
  const folder = new URL(root || ".", location.href).pathname;
  const bare = (address) => address.replace(/(^|\/)index\.html$/, "$1");
  const here = bare(decodeURIComponent(location.pathname.slice(folder.length)));
  // What can be found comes in a script for each library; an entry without numbers of pages is on all of its pages.
  let index = null;
  const load = () => (index ??= script("find-index.js")
    .then(() => Promise.all((window.findLibraries ?? []).map((id) => script(`find/${id}.js`))))
    .then(() => (window.findLibraries ?? []).flatMap((id) => {
      const { library, pages, entries } = window.findIndex?.[id] ?? { library: "", pages: [], entries: [] };
      const own = pages.some(([, , address]) => bare(address) === here);
      const known = pages.map(([product, title, address]) => {
        const where = `${product} · ${library}`;
        const far = own ? Number(bare(address) !== here) : 2;
        return { where, title, address, far, low: where.toLowerCase() };
      });
      return [
        ...known.map((page) => ({ text: page.title, own: page.title.toLowerCase(), hash: "", pages: [page] })),
        ...entries.map(([text, id, on]) => ({
          text, own: text.toLowerCase(), hash: `#${id}`, pages: on ? on.map((number) => known[number]) : known,
        })),
      ];
    })));
  const close = () => { list.hidden = true; status.textContent = ""; };
  const show = async () => {
    const asked = input.value;
    const wanted = words(asked);
    if (!wanted.length) return close();
    const entries = await load();
    if (input.value !== asked) return; // a later key has its own answer
    // What has the words comes before what only stands on a page of that name; of these what is on this page, then what is
    // on others of its library; of these what begins with the words.
    const phrase = wanted.join(" ");
    const rank = ({ own }) => (own.startsWith(phrase) ? 0 : holds(own, wanted) ? 1 : 2);
    const hits = entries.flatMap((entry) => {
      const order = rank(entry);
      return entry.pages
        .filter(({ low }) => order < 2 || holds(`${entry.own} ${low}`, wanted))
        .map((page) => ({ order: (order < 2 ? 0 : 9) + 2 * page.far + order, text: entry.text, where: page.where, address: page.address + entry.hash }));
    }).sort((a, b) => a.order - b.order);
    list.replaceChildren(...hits.slice(0, SHOWN).map(({ where, text, address }) =>
      make("li", {}, make("a", { href: root + address }, text, make("small", { textContent: where })))));
    if (hits.length !== list.children.length) {
      list.append(make("li", { className: "none", textContent: `${hits.length - SHOWN} more; write another word to find fewer` }));
    }
    if (!hits.length) list.append(make("li", { className: "none", textContent: "Nothing found in titles, headings and rows" }));
    list.hidden = false;
    list.scrollTop = 0;
    status.textContent = hits.length ? `${hits.length} found` : "Nothing found";
  };
  input.addEventListener("focus", load);
  input.addEventListener("input", show);
  findHost.addEventListener("keydown", async (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") {
      event.preventDefault();
      input.value = "";
      close();
      input.focus();
    } else if (event.key === "Enter" && event.target === input) {
      event.preventDefault();
      await show();
      if (!list.hidden) list.querySelector("a")?.click();
    } else if (step) {
      event.preventDefault();
      const stops = [input, ...(list.hidden ? [] : list.querySelectorAll("a"))];
      stops[stops.indexOf(document.activeElement) + step]?.focus();
    }
  });
  list.addEventListener("click", (event) => {
    if (event.target.closest("a") && !event.ctrlKey && !event.metaKey && !event.shiftKey) close();
  });
  document.addEventListener("pointerdown", (event) => { if (!findHost.contains(event.target)) close(); });
  findHost.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !findHost.contains(event.relatedTarget)) close();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    input.focus();
  });
})();
