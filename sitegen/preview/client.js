// The script of the preview: reloads the page after a build, shows findings over it, and explains values.
(() => {
  const own = document.currentScript.dataset;
  const base = own.day ? `/@${own.day}/` : "/";
  const isOutput = location.pathname.startsWith("/__sitegen/output/");
  const store = {
    take(key) {
      const value = sessionStorage.getItem(`sitegen:${key}`);
      sessionStorage.removeItem(`sitegen:${key}`);
      return value && JSON.parse(value);
    },
    put(key, value) { sessionStorage.setItem(`sitegen:${key}`, JSON.stringify(value)); },
  };
  const make = (name, attributes = {}, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else if (value !== false) node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children);
    return node;
  };
  const ask = async (path, ...pairs) => {
    const query = new URLSearchParams([["day", own.day], ...pairs]);
    const answer = await fetch(`/__sitegen/${path}?${query}`);
    if (!answer.ok) throw new Error(answer.statusText);
    return answer.json();
  };

  // --- the bar, the overlay and the panel: in a shadow tree, which the style of the page does not affect ---------

  const host = make("aside", { id: "sitegen-preview", "aria-label": "Preview", hidden: true });
  const shadow = host.attachShadow({ mode: "open" });
  const day = make("input", { type: "date", id: "day", required: true });
  const before = make("button", { type: "button", title: "Previous change" }, "‹");
  const after = make("button", { type: "button", title: "Next change" }, "›");
  const today = make("button", { type: "button" }, "Today");
  const count = make("button", { type: "button", class: "count", hidden: true });
  const inspect = make("button", { type: "button", "aria-pressed": "false", title: "Show where values come from (i)" }, "Facts");
  const outputs = make("span", { class: "outputs" });
  const message = make("span", { role: "status", class: "message" });
  const bar = make("div", { class: "bar", role: "group", "aria-label": "Preview" },
    make("label", { for: "day" }, "As of"), before, day, after, today, inspect, outputs, count, message);
  const overlay = make("dialog", { class: "overlay", "aria-labelledby": "overlay-title" });
  const panel = make("section", { class: "panel", "aria-labelledby": "panel-title", tabindex: "-1", hidden: true });
  const style = make("link", { rel: "stylesheet", href: "/__sitegen/client.css" });
  const styled = new Promise((done) => style.addEventListener("load", done));
  shadow.append(style, bar, panel, overlay);
  document.body.append(host);
  document.body.classList.add("sitegen-previewed");
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    .sitegen-previewed { padding-bottom: calc(var(--sitegen-bar, 3rem) + .5rem); }
    [data-facts] { cursor: help; }
    .sitegen-inspecting [data-facts] { outline: 1px dashed currentColor; outline-offset: -2px; }
    .sitegen-inspecting [data-facts]:is(:hover, :focus) { outline: 3px solid light-dark(#b3261e, #ff9c92); }
    @media (min-width: 70rem) { .sitegen-explaining { padding-right: 26rem; } }
    .sitegen-chosen { outline: 3px solid light-dark(#0b57b0, #8fc1ff) !important; outline-offset: -2px; }
    .sitegen-changed { box-shadow: inset 0 0 0 100vmax #ffd54a66, inset 0 0 0 2px #b38600; }
    @media print { #sitegen-preview { display: none; } .sitegen-previewed { padding-bottom: 0; } }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  new ResizeObserver(() => {
    document.documentElement.style.setProperty("--sitegen-bar", `${bar.offsetHeight}px`);
  }).observe(bar);

  const addressOf = (output) => output.page ? base + output.page : `/__sitegen/output/${output.path}?day=${own.day}`;

  // --- the overlay: findings over the last successful build ------------------------------------------------------

  // Lines of a source scroll, so that marks stay below the marked text; messages wrap.
  const codeFrame = (text) => text.split("\n").map((line) => {
    const [, code, words] = line.match(/^( +\| +\^+)(.*)$/) ?? line.match(/^( *[0-9]* \|.*)()$/) ?? ["", "", line];
    return make("span", { class: "line" },
      code && make("span", { class: "code" }, code), words && make("span", { class: "words" }, words), "\n");
  });
  const numberOf = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;
  const showFindings = (status) => {
    const errors = status.findings.filter((finding) => finding.severity === "error").length;
    const shown = {
      old: "Showing the last successful build.", html: "Another format cannot be built.", nothing: "No build has succeeded yet.",
    };
    const title = status.broken ? `${numberOf(errors, "error")}. ${shown[status.shows]}` : numberOf(status.findings.length, "finding");
    const list = make("ol");
    for (const finding of status.findings) {
      list.append(make("li", { class: finding.severity },
        make("pre", { tabindex: "0" }, ...codeFrame(finding.text)),
        make("a", { href: finding.editor }, `Open ${finding.place}`)));
    }
    overlay.replaceChildren(
      make("button", { type: "button", class: "close", onclick: () => overlay.close() }, "Close (Esc)"),
      make("h2", { id: "overlay-title" }, title),
      make("p", {}, status.broken ? "This closes automatically once the errors are fixed." : "The build was successful."),
      list);
    if (!overlay.open) overlay.showModal();
  };
  let lastStatus = null;
  const building = "Still building";
  const show = async (status) => {
    await styled; // so that nothing moves after it appears
    host.hidden = false;
    const broke = status.broken && !(lastStatus?.broken && lastStatus.build === status.build);
    lastStatus = status;
    inspect.hidden = !document.querySelector("[data-facts]");
    count.hidden = !status.findings.length;
    count.textContent = numberOf(status.findings.length, "finding");
    count.classList.toggle("broken", status.broken);
    today.hidden = !own.day;
    outputs.replaceChildren(...status.outputs.map((output) =>
      make("a", { href: addressOf(output), "aria-current": output.path === own.path && "page" }, output.name)));
    if (shadow.activeElement !== day) day.value = status.day;
    before.disabled = !status.days.some((other) => other < status.day);
    after.disabled = !status.days.some((other) => other > status.day);
    if (status.building) message.textContent = building;
    else if (message.textContent === building) message.textContent = "";
    if (broke) showFindings(status);
    else if (!status.broken && overlay.open) overlay.close();
  };
  count.addEventListener("click", () => showFindings(lastStatus));

  // --- reloading after a build -----------------------------------------------------------------------------------

  const values = () => {
    const found = {};
    document.querySelectorAll("[data-facts]").forEach((node, index) => {
      const row = node.closest("tr[id]");
      const key = row ? `${row.id} ${[...row.children].indexOf(node)}` : `value ${index}`;
      found[key] = [node, node.textContent];
    });
    return found;
  };
  const reload = () => {
    const texts = Object.fromEntries(Object.entries(values()).map(([key, [, text]]) => [key, text]));
    const typed = [...document.querySelectorAll("input[type=search]")].map((input) => input.value);
    store.put("before", {
      path: location.pathname, texts, typed, scroll: [scrollX, scrollY],
      inspecting: document.body.classList.contains("sitegen-inspecting"),
      chosen: Object.entries(values()).find(([, [node]]) => node === chosen)?.[0],
    });
    location.reload();
  };
  const restore = () => {
    const kept = store.take("before");
    if (!kept || kept.path !== location.pathname) return;
    document.querySelectorAll("[data-filter] input[type=search]").forEach((input) => {
      const text = kept.typed[[...document.querySelectorAll("input[type=search]")].indexOf(input)];
      if (text) { input.value = text; input.dispatchEvent(new Event("input")); }
    });
    scrollTo({ left: kept.scroll[0], top: kept.scroll[1], behavior: "instant" });
    const changed = Object.entries(values()).filter(([key, [, text]]) => kept.texts[key] !== text);
    for (const [, [node]] of changed) {
      node.classList.add("sitegen-changed");
      setTimeout(() => node.classList.remove("sitegen-changed"), 3000);
    }
    if (changed.length) {
      message.textContent = `${numberOf(changed.length, "value")} changed`;
      setTimeout(() => { message.textContent = ""; }, 10000);
    }
    if (kept.inspecting) inspecting(true, false);
    const [again] = Object.entries(values()).find(([key]) => key === kept.chosen)?.[1] ?? [];
    if (again) explain(again);
  };
  const check = async () => {
    const status = await ask("status", ["path", own.path]).catch(() => null);
    if (!status) return;
    if (status.id && status.id !== own.id) reload(); // the id of the build that is shown, not of a failed one
    else show(status);
  };
  const disconnected = "Disconnected; waiting for the server";
  const [least, most] = [250, 2000]; // milliseconds until the next attempt to connect
  let delay = least;
  const listen = () => {
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/__sitegen/builds`);
    socket.addEventListener("open", () => {
      delay = least;
      if (message.textContent === disconnected) message.textContent = "";
      check();
    });
    socket.addEventListener("message", ({ data }) => {
      const [state, id] = data.split(" ");
      if (state === "good" && id !== own.id && !isOutput) reload();
      else check();
    });
    socket.addEventListener("close", () => {
      message.textContent = disconnected;
      setTimeout(listen, delay);
      delay = Math.min(2 * delay, most);
    });
  };
  addEventListener("pageshow", (event) => { if (event.persisted) check(); });
  listen();

  // --- other dates -----------------------------------------------------------------------------------------------

  let byKey = false; // a typed date is complete on Enter or when the field loses focus
  day.addEventListener("keydown", (event) => {
    byKey = event.key !== "Enter";
    if (event.key === "Enter") choose();
  });
  day.addEventListener("pointerdown", () => { byKey = false; });
  day.addEventListener("change", () => { if (!byKey) choose(); });
  day.addEventListener("blur", () => choose());
  const choose = () => { if (day.value && lastStatus && day.value !== lastStatus.day) go(day.value); };
  const go = (chosen) => {
    if (isOutput) location.search = `?day=${chosen}`;
    else location.href = (chosen ? `/@${chosen}/` : "/") + location.pathname.slice(base.length).replace(/^@[0-9-]+\//, "") + location.hash;
  };
  today.addEventListener("click", () => go(""));
  before.addEventListener("click", () => go(lastStatus.days.filter((other) => other < lastStatus.day).at(-1)));
  after.addEventListener("click", () => go(lastStatus.days.find((other) => other > lastStatus.day)));

  // --- the panel: where a value comes from -----------------------------------------------------------------------

  const factArticle = (fact) => {
    const alternatives = make("ul");
    for (const each of fact.alternatives) {
      const isConditional = each.for.length || each.library || each.from;
      const details = [
        each.for.length ? `for ${each.for.join(", ")}` : "",
        each.library ? `${each.for.length ? "in" : "for"} ${each.library}` : "",
        isConditional || each === fact.alternatives.at(-1) ? "" : "default",
        each.from ? `from ${each.from}` : "",
        each.reason, each.note, each.source,
      ].filter(Boolean).join("; ");
      alternatives.append(make("li", { "aria-current": each.here && "true" },
        make("a", { href: each.editor }, each.text || "none"), details ? ` (${details})` : ""));
    }
    const shown = make("ul");
    for (const place of fact.shown) {
      const item = make("li", {}, `${place.title}, ${place.where}: `, make("q", {}, place.text), " in");
      for (const output of place.outputs) {
        item.append(" ", make("a", { href: addressOf(output), title: output.path }, output.name));
      }
      shown.append(item);
    }
    if (fact.more) shown.append(make("li", {}, `and ${fact.more} more`));
    return make("article", {},
      make("h3", {}, `${fact.dataset} › ${fact.record} › ${fact.field}`),
      make("pre", { tabindex: "0" }, fact.line),
      make("p", {}, make("a", { class: "editor", href: fact.editor }, `Open ${fact.place}`)),
      make("h4", {}, fact.alternatives.length > 1 ? "Values" : "Value"), alternatives,
      make("h4", {}, "Shown on"), shown);
  };
  let chosen = null;
  const close = () => {
    panel.hidden = true;
    document.body.classList.remove("sitegen-explaining");
    chosen?.classList.remove("sitegen-chosen");
    if (chosen && chosen.tabIndex >= 0) chosen.focus();
    chosen = null;
  };
  const explain = async (node) => {
    const all = JSON.parse(node.dataset.facts);
    const places = all.slice(0, 100); // as many as a URL can have
    const facts = await ask("facts", ...places.map((place) => ["place", place])).catch(() => null);
    if (!facts) { message.textContent = "The server did not respond"; return; }
    close();
    chosen = node;
    node.classList.add("sitegen-chosen");
    panel.replaceChildren(
      make("button", { type: "button", class: "close", onclick: close }, "Close (Esc)"),
      make("h2", { id: "panel-title" }, `“${node.innerText.trim().replace(/\s+#$/, "")}” comes from`),
      all.length > 1 ? make("p", {}, all.length > 100 ? `The first 100 of ${all.length} facts` : `${all.length} facts`) : "",
      ...facts.map(factArticle),
      facts.length ? "" : make("p", {}, `There is no fact at ${places.join(", ")}.`));
    panel.hidden = false;
    document.body.classList.add("sitegen-explaining");
    node.scrollIntoView({ block: "center", behavior: "instant" });
    panel.focus();
  };
  const inspecting = (on, focus = true) => {
    document.body.classList.toggle("sitegen-inspecting", on);
    inspect.setAttribute("aria-pressed", String(on));
    for (const node of document.querySelectorAll("[data-facts]")) {
      if (on) node.tabIndex = 0; else node.removeAttribute("tabindex");
    }
    if (!on || !focus) return;
    const seen = [...document.querySelectorAll("[data-facts]")].find((node) => node.getBoundingClientRect().top > 80);
    seen?.focus();
  };
  inspect.addEventListener("click", () => inspecting(inspect.getAttribute("aria-pressed") !== "true"));
  document.addEventListener("click", (event) => {
    const node = event.target.closest?.("[data-facts]");
    const inspected = document.body.classList.contains("sitegen-inspecting");
    if (!node || (event.target.closest("a, button, input") && !inspected) || String(getSelection())) return;
    event.preventDefault();
    explain(node);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.composedPath()[0];
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return;
    if (event.key === "Escape" && !panel.hidden) close();
    else if (event.key === "i") inspecting(inspect.getAttribute("aria-pressed") !== "true");
    else if (event.key === "Enter" && target.matches?.("[data-facts]")) explain(target);
  });

  restore();
  check();
})();
