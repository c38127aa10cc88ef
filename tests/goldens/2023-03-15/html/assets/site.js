// A filter over the rows of a page and a search over all pages. Without it everything is still there.
(() => {
  const root = document.currentScript.dataset.root;
  const box = (host, label, placeholder) => {
    host.innerHTML = '<label class="box"><span></span><input type="search" autocomplete="off"></label><p class="status" role="status"></p>';
    host.querySelector("span").textContent = label;
    const input = host.querySelector("input");
    input.placeholder = placeholder;
    return [input, host.querySelector(".status")];
  };
  const words = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);

  const filterHost = document.querySelector("[data-filter]");
  const rows = [...document.querySelectorAll("main tbody tr")];
  if (filterHost && rows.length) {
    const [input, status] = box(filterHost, "Filter the rows of this page", "Filter rows");
    const texts = rows.map((row) => row.textContent.toLowerCase());
    input.addEventListener("input", () => {
      const wanted = words(input.value);
      let shown = 0;
      rows.forEach((row, index) => {
        row.hidden = !wanted.every((word) => texts[index].includes(word));
        shown += row.hidden ? 0 : 1;
      });
      status.textContent = wanted.length ? `${shown} of ${rows.length} rows` : "";
    });
  }

  const findHost = document.querySelector("[data-find]");
  if (findHost) {
    const [input, status] = box(findHost, "Find on all pages", "Find on all pages");
    status.className = "";
    let list = null;
    let loading = null;
    const load = () => (loading ??= new Promise((done) => {
      const script = document.createElement("script");
      script.src = `${root}assets/find-index.js`;
      script.onload = done;
      document.head.append(script);
    }));
    const close = () => { list?.remove(); list = null; status.textContent = ""; };
    const show = async () => {
      const wanted = words(input.value);
      close();
      if (!wanted.length) return;
      await load();
      const hits = window.findIndex.filter(([where, text]) => {
        const whole = `${where} ${text}`.toLowerCase();
        return wanted.every((word) => whole.includes(word));
      });
      close();
      list = document.createElement("ul");
      list.className = "found";
      for (const [where, text, address] of hits.slice(0, 20)) {
        const link = document.createElement("a");
        link.href = root + address;
        link.textContent = text;
        const small = document.createElement("small");
        small.textContent = where;
        link.append(small);
        const item = document.createElement("li");
        item.append(link);
        list.append(item);
      }
      if (!hits.length) {
        const item = document.createElement("li");
        item.textContent = "Nothing found";
        list.append(item);
      }
      findHost.append(list);
    };
    input.addEventListener("focus", load);
    input.addEventListener("input", show);
    findHost.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { close(); input.focus(); }
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      const stops = [input, ...findHost.querySelectorAll("a")];
      const next = stops[stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
      if (next) { event.preventDefault(); next.focus(); }
    });
    document.addEventListener("click", (event) => { if (!findHost.contains(event.target)) close(); });
    document.addEventListener("keydown", (event) => {
      if (event.key === "/" && !/INPUT|TEXTAREA/.test(document.activeElement.tagName)) { event.preventDefault(); input.focus(); }
    });
  }
})();
