// A filter for the rows of a page, and a search for titles, headings and rows of all pages. Without JavaScript, all content is visible.
(() => {
  const root = document.currentScript.dataset.root;
  const TEXTS = window.siteTexts; // in the language of the site; the build writes them above
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
  const say = (key, values = {}) => TEXTS[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const count = (rows) => (rows === 1 ? say("row") : say("rows", { count: rows }));
  const words = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);
  const holds = (text, wanted) => wanted.every((word) => text.includes(word));

  // The sticky headers of a table must not cover the target of a link or the focused element.
  const measure = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const corner = target.querySelector("th");
      target.style.scrollPadding = `${corner.offsetHeight}px 0 0 ${corner.offsetWidth}px`;
    }
  });
  document.querySelectorAll(".table").forEach((table) => measure.observe(table));

  // --- versions ------------------------------------------------------------------------
  // A version is a key in the order of PEP 440. A range has two ends {key, closed}; null is an open end. A set is a list of
  // ranges. The build parses sets in the same way.

  const SUFFIX = { a: 0, alpha: 0, b: 1, beta: 1, c: 2, rc: 2, pre: 2, preview: 2, post: 0, rev: 0, r: 0, dev: 0 };
  const LOCAL = "(?:\\+([a-z\\d]+(?:[-_.][a-z\\d]+)*))?";
  const VERSION = new RegExp("^v?(?:(\\d+)!)?(\\d+(?:\\.\\d+)*)(?:[-_.]?(alpha|a|beta|b|preview|pre|rc|c)[-_.]?(\\d*))?"
    + `(?:[-_.]?(post|rev|r)[-_.]?(\\d*))?(?:[-_.]?(dev)[-_.]?(\\d*))?${LOCAL}$`);
  const key = (epoch, release, ...rest) => [[epoch], release.slice(0, release.findLastIndex(Boolean) + 1), ...rest];
  const version = (text) => {
    const [, epoch, release, pre, preNumber, post, postNumber, dev, devNumber, local] = VERSION.exec(text) ?? [];
    if (!release) return null;
    const parts = release.split(".").map(BigInt);
    const place = (word, number, missing) => (word ? [SUFFIX[word], BigInt(number || 0)] : [missing]);
    const named = (local ?? "").split(/[-_.]/).filter(Boolean).flatMap((part) => (/^\d+$/.test(part) ? [1, BigInt(part)] : [0, part]));
    const suffixes = [place(pre, preNumber, dev && !post ? -1 : 3), place(post, postNumber, -1), place(dev, devNumber, 1), named];
    return { epoch: BigInt(epoch ?? 0), release: parts, plain: !(pre || post || dev || local), key: key(BigInt(epoch ?? 0), parts, ...suffixes) };
  };
  const order = (a, b) => {
    for (let i = 0; i < Math.min(a.length, b.length); i++) {
      const found = Array.isArray(a[i]) ? order(a[i], b[i]) : a[i] < b[i] ? -1 : Number(a[i] > b[i]);
      if (found) return found;
    }
    return a.length - b.length;
  };
  const from = (number) => ({ key: number.key, closed: true });
  const flipped = (end) => ({ key: end.key, closed: !end.closed });
  const raised = ({ epoch, release }, parts) => {
    const next = [...release.slice(0, parts - 1), release[parts - 1] + 1n];
    return { key: key(epoch, next, [3], [-1], [1], []), closed: false };
  };
  // The end of all versions that begin with a number: 3.11 ends before 3.12.
  const after = (number) => (number.plain ? raised(number, number.release.length) : from(number));
  const leaves = (low, high) => {
    const found = low && high ? order(low.key, high.key) : -1;
    return found < 0 || (found === 0 && low.closed && high.closed);
  };
  const meet = (some, others) => some.some((a) => others.some((b) => leaves(a[0], b[1]) && leaves(b[0], a[1])));
  const common = (some, others) => some.flatMap((a) => others.map((b) => [
    [a[0], b[0]].reduce((x, y) => (x && y ? (leaves(y, flipped(x)) ? x : y) : x ?? y)),
    [a[1], b[1]].reduce((x, y) => (x && y ? (leaves(flipped(x), y) ? x : y) : x ?? y)),
  ])).filter(([low, high]) => leaves(low, high));
  // Intervals in the notation of the build: `[2.7,2.8) [3.5,)`, each optionally after the number of a cell.
  const intervals = (text) => [...text.matchAll(/([[(])([^,]*),([^\])]*)([\])])/g)].map(([, open, low, high, close]) => [
    low ? { key: version(low).key, closed: open === "[" } : null,
    high ? { key: version(high).key, closed: close === "]" } : null,
  ]);

  const TOKEN = new RegExp("\\s*(?:(?<sign>>=|<=|==|!=|~=|[<>=~^])"
    + `|(?<number>v?(?:\\d+!)?\\d+(?:\\.\\d+)*(?:[-._]?(?:${Object.keys(SUFFIX).sort().reverse().join("|")})[-._]?\\d*(?![a-z]))*${LOCAL})`
    + "(?<wild>(?:\\.[x*]){1,2})?|(?<plus>\\+)|(?<up>(?:and|or) (?:upper|up|higher|later|newer|above)(?![a-z]))"
    + "|(?<down>(?:and|or) (?:lower|earlier|older|below)(?![a-z]))|(?<dash>-{1,3}|(?:to|through)(?![a-z]))|(?<join>,|\\|\\||(?:and|or)(?![a-z])))", "y");
  const tokens = (text) => {
    const found = [];
    for (TOKEN.lastIndex = 0; TOKEN.lastIndex < text.length;) {
      const match = TOKEN.exec(text);
      if (!match) return [];
      found.push(match.groups);
    }
    return found;
  };
  const compared = (sign, number, wild) => {
    const [low, end, parts] = [from(number), after(number), number.release.length];
    const pinned = { "^": number.release.findIndex(Boolean) + 1 || parts, "~": Math.min(2, parts), "~=": parts - 1 }[sign];
    if (pinned !== undefined) return pinned ? [[low, raised(number, pinned)]] : null;
    return {
      ">=": [[low, null]], ">": [[wild ? { ...end, closed: true } : flipped(low), null]],
      "<": [[null, flipped(low)]], "<=": [[null, wild ? end : low]],
      "!=": [[null, flipped(low)], [flipped(end), null]],
    }[sign] ?? [[low, end]];
  };
  const followed = (number, rest) => {
    const { plus, up, down, dash } = rest[0] ?? {};
    if (plus || up || down || dash) rest.shift();
    const last = dash ? version(rest.shift()?.number ?? "") : number;
    if (!last || (dash && order(after(last).key, number.key) <= 0)) return null;
    return [[down ? null : from(number), plus || up ? null : after(last)]];
  };
  // A set in a notation of facts, such as `3.12`, `3.x`, `3.9 or later`, `>=2.6, <3` or `2.7, 3.5-3.11`; null for anything else.
  const versions = (text) => {
    const rest = tokens(text);
    const [groups, numbers] = [[], []];
    for (let join = ",", last = ""; rest.length || !groups.length;) {
      const sign = rest[0]?.sign && rest.shift().sign;
      const { number: digits = "", wild } = rest.shift() ?? {};
      const number = version(digits);
      const read = number && !(wild && !number.plain) && (sign ? compared(sign, number, wild) : followed(number, rest));
      if (!read) return null;
      // Conditions of different directions are joined by "and", all others by "or".
      const direction = "<>!".includes(sign?.[0] ?? " ") ? sign[0] : "";
      const joint = direction && groups.length && /^(,| |and)$/.test(join) && (direction === "!" || (last && last !== direction));
      if (join === " " && !joint) return null;
      groups.push(joint ? common(groups.pop(), read) : read);
      numbers.push(digits.replace(/^v/, ""));
      last = direction;
      join = rest.length ? (rest[0].sign ? " " : rest.shift().join) : "end";
      if (!join || (join !== "end" && !rest.length)) return null;
    }
    return groups.every((ranges) => ranges.length) ? { ranges: groups.flat(), numbers } : null;
  };

  // --- the filter ----------------------------------------------------------------------

  // Normalizes case, accents, kinds of dashes, quotes and spaces, and removes invisible characters.
  const folded = (text) => text.normalize("NFKD").replace(/[\p{Mn}\p{Cf}`]/gu, "").replace(/[\u2010-\u2015\u2212\u2192]/g, "-")
    .replace(/[\u2018\u2019]/g, "'").replace(/[\u201c\u201d]/g, '"').replace(/\u2264/g, "<=").replace(/\u2265/g, ">=")
    .toUpperCase().toLowerCase().replace(/\u03c2/g, "\u03c3").replace(/\s+/g, " ").trim();
  const bare = (text) => text.replace(/^["'([]+(?=.)/, "").replace(/(?!^)["')\],;:?]+$/, "");
  const literal = (text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  const FILLERS = new Set(TEXTS.fillers);

  // Matches a version in text that is not a set: with more parts after it, or with fewer parts if they are a whole word. Sets
  // such as `>=3` do not match `urllib3`.
  const mentions = (text, numbers) => {
    const shorter = numbers.flatMap((number) => number.split(".").slice(0, -1).map((_, i, parts) => parts.slice(0, i + 1).join(".")));
    const words = shorter.length ? `|(?:^|[\\s(,])(?:${shorter.map(literal).join("|")})(?![^\\s),])` : "";
    const before = /^v?\d[^\s+,-]*$/.test(text) ? "(?:^|[^\\d.]|(?:^|\\D)\\.)" : "(?:^|[^\\p{L}\\d.])v?";
    return new RegExp(`${before}(?:${numbers.map(literal).join("|")})(?!\\d)${words}`, "u");
  };
  const term = (text) => {
    const found = versions(text);
    if (found) return { text, ranges: found.ranges, mention: mentions(text, found.numbers) };
    const [, name, rest] = /^([a-z][^<>=!~^]*?[a-z])[-@]?((?:[<>=!~^]=?)?v?\d.*)$/.exec(text) ?? [];
    const ranges = rest && versions(rest)?.ranges;
    return ranges ? { text, name, ranges } : { text };
  };
  // Splits a query into the longest runs of words that are sets of versions, and all other words.
  const terms = (query) => {
    const words = folded(query).split(" ").filter(Boolean);
    const found = [];
    for (let i = 0, many; i < words.length; i += many) {
      const run = (length) => bare(words.slice(i, i + length).join(" "));
      for (many = Math.min(words.length - i, 12); many > 1 && !versions(run(many)); many--);
      const text = run(many);
      found.push(...(versions(text) ? [text] : text.split(",").filter(Boolean)));
    }
    const wanted = found.filter((text) => !FILLERS.has(text));
    return (wanted.length ? wanted : found).map(term);
  };

  const shown = (element) => element.textContent;
  const read = (row) => {
    const notes = [...row.querySelectorAll("sup a")].map((link) => document.getElementById(link.hash.slice(1))?.textContent ?? "");
    const copy = row.cloneNode(true);
    copy.querySelectorAll(".anchor, sup").forEach((part) => part.remove());
    copy.querySelectorAll("br").forEach((part) => part.replaceWith(" "));
    const { versions: own = "", names = "" } = row.querySelector(".anchor").closest("th").dataset;
    const text = (id) => folded([...copy.cells].map(shown).concat(names, notes, id).join(" "));
    const all = text(row.id.replace(`${row.closest("table").caption.id}-`, ""));
    const inside = [...copy.querySelectorAll("span[data-versions]")];
    const stated = [...own.matchAll(/(\d+)[[(]/g)].map(([, number]) => copy.cells[number]).concat(inside);
    stated.forEach((part) => part.replaceChildren());
    return { row, text: all, rest: text(""), versions: intervals([own, ...inside.map((part) => part.dataset.versions)].join(" ")) };
  };
  // A row matches if it contains all terms. Some of the words may be in the header or the title instead, but not all.
  const has = ({ text, rest, versions }, { text: wanted, name, ranges, mention }, around) => {
    if (!ranges) return text.includes(wanted);
    return name ? meet(versions, ranges) && `${text} ${around}`.includes(name) : meet(versions, ranges) || mention.test(rest);
  };
  const meant = (row, wanted, around) => {
    const own = wanted.map((one) => has(row, one, around));
    return own.some(Boolean) && wanted.every((one, i) => own[i] || (!one.ranges && around.includes(one.text)));
  };

  const filterHost = document.querySelector("[data-filter]");
  const fold = (element, folded) => element.toggleAttribute("hidden", folded);
  const isFolded = (element) => element.hasAttribute("hidden");
  // The rows of a table without those above its sections, and a copy of each cell in the other rows that it spans.
  const rowsOf = (table) => [...table.querySelectorAll("tbody tr[id]")];
  const copies = (table) => [...table.querySelectorAll("tbody [rowspan]")].map((cell) => {
    const { rowSpan: size, cellIndex: at } = cell;
    const rows = rowsOf(table);
    const first = rows.indexOf(cell.parentElement);
    const added = rows.slice(first + 1, first + size).map((row) => row.insertBefore(cell.cloneNode(true), row.cells[at] ?? null));
    added.forEach((copy) => { copy.removeAttribute("rowspan"); copy.querySelectorAll("[id]").forEach((part) => part.removeAttribute("id")); });
    return { cell, size, added };
  });
  // While rows may be hidden, each has its own cells.
  const split = (spans, apart) => spans.forEach(({ cell, size, added }) => {
    cell.rowSpan = apart ? 1 : size;
    added.forEach((copy) => fold(copy, !apart));
  });
  const tables = [...document.querySelectorAll("main .table")].filter((region) => region.querySelector("tbody tr")).map((region) => {
    const table = region.querySelector("table");
    const spans = copies(table);
    split(spans, false);
    const after = [];
    for (let next = region.nextElementSibling; next?.matches(".notes, figure"); next = next.nextElementSibling) after.push(next);
    const all = count(rowsOf(table).length);
    const gone = make("p", { className: "gone", hidden: true, textContent: say("gone", { rows: all }) });
    region.before(gone);
    const around = folded([...document.querySelectorAll("main > h1, main > .lead"), table.caption, table.tHead].map(shown).join(" "));
    return { table, spans, region, after, gone, around, all, some: table.caption.appendChild(make("span", { className: "some" })) };
  });
  const blocks = [...(document.querySelector("main")?.children ?? [])];
  // A block without visible content: a table without rows, its notes and timeline, and an alert around it.
  const isEmpty = (block) => isFolded(block) || block.matches(".gone")
    || (block.matches(".alert") && [...block.children].every((child) => child.matches(".alert-title") || isEmpty(child)));
  const level = (block) => Number(/^H([2-6])$/.exec(block.tagName)?.[1] ?? 9);
  const foldSections = () => {
    document.querySelectorAll("main .alert").forEach((alert) => fold(alert, Boolean(alert.querySelector(".table[hidden]")) && isEmpty(alert)));
    for (const [i, heading] of [...blocks.entries()].reverse()) {
      if (level(heading) === 9) continue;
      const end = blocks.findIndex((block, j) => j > i && level(block) <= level(heading));
      const section = blocks.slice(i + 1, end < 0 ? undefined : end);
      fold(heading, section.some((block) => block.matches(".table[hidden], .alert[hidden]")) && section.every(isEmpty));
      if (isFolded(heading)) section.filter((block) => block.matches(".gone")).forEach((block) => fold(block, true));
    }
    document.querySelectorAll(".contents li").forEach((item) => {
      const target = document.getElementById(decodeURIComponent(item.querySelector("a").hash.slice(1)));
      fold(item, Boolean(target) && isFolded(target));
    });
  };
  // A row of a timeline has two groups, bars and words. They move up to fill the space of hidden rows.
  const redraw = (timeline, rows) => {
    const groups = [...timeline.querySelectorAll("[data-row]")];
    const places = groups.slice(groups.length / 2).map((group) => Number(group.querySelector("text").getAttribute("y")));
    const isGone = (group) => group.dataset.row >= 0 && isFolded(rows[group.dataset.row].row);
    const left = places.map((_, i) => i).filter((i) => !fold(groups[i], isGone(groups[i])));
    groups.forEach((group, i) => {
      const at = left.indexOf(i % places.length);
      fold(group, at < 0);
      group.style.setProperty("--up", `${at < 0 ? 0 : places[at] - places[i % places.length]}px`);
    });
    timeline.style.setProperty("--less", `${places.at(-1) - (places[left.length - 1] ?? 0)}px`);
    timeline.setAttribute("aria-describedby", left.map((i) => groups[i].querySelector("desc").id).join(" "));
  };
  const total = tables.reduce((sum, { table }) => sum + rowsOf(table).length, 0);
  if (filterHost && total) {
    const [input, status] = box(filterHost, say("filter"));
    const clear = make("button", { type: "button", textContent: say("all"), hidden: true });
    filterHost.append(make("div", { className: "outcome" }, status, clear));
    let later = 0;
    const filter = () => {
      const wanted = terms(input.value);
      for (const one of tables) one.rows ??= rowsOf(one.table).map(read);
      // A term such as `python3.12` is a name and a version, unless the page contains it as text, such as `i686`.
      for (const one of wanted.filter(({ name }) => name)) {
        if (tables.some(({ rows }) => rows.some(({ text }) => text.includes(one.text)))) one.ranges = undefined;
      }
      let left = 0;
      for (const { table, spans, rows, around, region, after, gone, some, all } of tables) {
        split(spans, wanted.length > 0);
        const found = rows.filter((row) => !fold(row.row, wanted.length > 0 && !meant(row, wanted, around))).length;
        for (const body of table.tBodies) fold(body, [...body.rows].every((row) => !row.id || isFolded(row)));
        fold(region, found === 0);
        fold(gone, found > 0);
        some.textContent = found < rows.length ? say("some", { count: found, all }) : "";
        for (const part of after) {
          fold(part, found === 0);
          part.querySelectorAll(".timeline").forEach((timeline) => redraw(timeline, rows));
        }
        left += found;
      }
      foldSections();
      clear.hidden = !wanted.length;
      clearTimeout(later);
      const report = () => {
        status.textContent = wanted.length ? say("showing", { count: left, rows: count(total), hidden: total - left }) : "";
        history.replaceState({ filter: input.value }, ""); // for a reload, or navigation back to the page
      };
      if (wanted.length) later = setTimeout(report, 300); // announce once, not for each key
      else report();
    };
    const showAll = () => { input.value = ""; filter(); };
    input.addEventListener("input", filter);
    input.addEventListener("keydown", (event) => { if (event.key === "Escape") showAll(); });
    clear.addEventListener("click", () => { showAll(); input.focus(); });
    // If the target of a link is hidden, show all rows.
    const reveal = (hash) => {
      const target = document.getElementById(decodeURIComponent(hash.slice(1)));
      if (target?.closest("[hidden]")) { showAll(); target.scrollIntoView(); }
    };
    window.addEventListener("hashchange", () => reveal(location.hash));
    document.addEventListener("click", (event) => {
      const link = event.target.closest?.("a[href*='#']");
      if (link && link.pathname === location.pathname) reveal(link.hash);
    });
    input.value = history.state?.filter ?? "";
    if (input.value) { filter(); reveal(location.hash); }
  }

  const findHost = document.querySelector("[data-find]");
  const [input, status] = box(findHost, say("find"));
  const list = findHost.appendChild(make("ul", { className: "found", hidden: true }));
  list.setAttribute("aria-label", say("results"));
  input.setAttribute("aria-keyshortcuts", "/");
  const script = (src) => new Promise((done) => {
    document.head.append(make("script", { src: `${root}assets/${src}`, onload: done, onerror: done }));
  });
  const folder = new URL(root || ".", location.href).pathname;
  const plainly = (address) => address.replace(/(^|\/)index\.html$/, "$1");
  const here = plainly(decodeURIComponent(location.pathname.slice(folder.length)));
  // The search index is a script for each library; an entry without page numbers is on all of its pages.
  let index = null;
  const load = () => (index ??= script("find-index.js")
    .then(() => Promise.all((window.findLibraries ?? []).map((id) => script(`find/${id}.js`))))
    .then(() => (window.findLibraries ?? []).flatMap((id) => {
      const { library, pages, entries } = window.findIndex?.[id] ?? { library: "", pages: [], entries: [] };
      const own = pages.some(([, , address]) => plainly(address) === here);
      const known = pages.map(([product, title, address]) => {
        const where = [product, library].filter(Boolean).join(" · ");
        const far = own ? Number(plainly(address) !== here) : 2;
        return { where, title, address, far, low: where.toLowerCase() };
      });
      return [
        ...known.map((page) => ({ text: page.title, own: page.title.toLowerCase(), hash: "", pages: [page] })),
        ...entries.map(([text, id, on, names = ""]) => ({
          text, own: `${text} ${names}`.toLowerCase(), hash: `#${id}`, pages: on ? on.map((number) => known[number]) : known,
        })),
      ];
    })));
  const close = () => { list.hidden = true; status.textContent = ""; };
  const show = async () => {
    const asked = input.value;
    const wanted = words(asked);
    if (!wanted.length) return close();
    const entries = await load();
    if (input.value !== asked) return; // the input has changed since
    // Order: entries that contain the words before entries on a page with such a name; then entries of this page before those
    // of other pages of its library; then entries that begin with the words.
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
      list.append(make("li", { className: "none", textContent: say("more", { count: hits.length - SHOWN }) }));
    }
    if (!hits.length) list.append(make("li", { className: "none", textContent: say("none") }));
    list.hidden = false;
    list.scrollTop = 0;
    status.textContent = hits.length ? say("found", { count: hits.length }) : say("nothing");
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
