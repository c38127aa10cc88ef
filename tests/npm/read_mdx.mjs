// Reads MDX texts with its compiler and the plugins of Docusaurus that change how Markdown is read.
//
//   node read_mdx.mjs <folder that holds node_modules>  < {"name": "text", ...}  > {"name": {...}, ...}
//
// Each answer has the problems and the rendered tree. Admonitions and the ids of headings are read as Docusaurus does.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const texts = JSON.parse(readFileSync(0, "utf8")); // before anything asynchronous
const require = createRequire(join(resolve(process.argv[2]), "index.js"));
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { evaluate } = await load("@mdx-js/mdx");
const [frontmatter, directive, gfm] = await Promise.all(
  ["remark-frontmatter", "remark-directive", "remark-gfm"].map(async (name) => (await load(name)).default),
);
const { default: GithubSlugger } = await load("github-slugger");

const ADMONITIONS = ["note", "tip", "info", "warning", "danger"];

function textOf(node) {
  return node.value ?? (node.children ?? []).map(textOf).join("");
}

function asDocusaurus(problems) {
  return (tree) => {
    const slugger = new GithubSlugger();
    const visit = (node) => {
      if (node.type === "containerDirective" && ADMONITIONS.includes(node.name)) {
        node.data = { hName: "div" };
      } else if (node.type.endsWith("Directive")) {
        problems.push(`line ${node.position.start.line}: directive ${node.name}`);
      } else if (node.type === "heading") {
        const last = node.children.at(-1);
        const found = /\s*\{#((?:.(?!\{#|\}))*.)\}$/.exec(textOf(node));
        if (found) last.value = last.value.replace(/\s*\{#((?:.(?!\{#|\}))*.)\}$/, "");
        node.data = { hProperties: { id: found ? found[1].trim() : slugger.slug(textOf(node)) } };
      }
      for (const child of node.children ?? []) visit(child);
    };
    visit(tree);
  };
}

function element(type, { children = [], ...properties }) {
  const name = typeof type === "string" ? type : "div";
  const attributes = Object.entries(properties).filter(([, value]) => value !== undefined && value !== false);
  const all = [children].flat(Infinity).filter((child) => child !== null && child !== undefined);
  return {
    name,
    attributes: Object.fromEntries(attributes.map(([key, value]) => [key, typeof value === "object" ? "" : `${value}`])),
    children: all.map((child) => (typeof child === "object" ? child : `${child}`)),
  };
}

async function read(text) {
  const problems = [];
  try {
    const { default: content } = await evaluate(text, {
      Fragment: "div",
      jsx: element,
      jsxs: element,
      remarkPlugins: [frontmatter, directive, () => asDocusaurus(problems), gfm],
    });
    return { problems, tree: content({}) };
  } catch (error) {
    return { problems: [`${error.message} ${error.line ?? ""}: ${text.split("\n")[(error.line ?? 1) - 1]}`], tree: element("div", {}) };
  }
}

const answers = {};
for (const [name, text] of Object.entries(texts)) answers[name] = await read(text);
process.stdout.write(JSON.stringify(answers));
