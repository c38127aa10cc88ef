// Reads Markdoc texts with Markdoc itself.
//
//   node read_markdoc.mjs <folder that holds node_modules>  < {"name": "text", ...}  > {"name": {...}, ...}
//
// Each answer has the problems of parsing and validation, the front matter as text, and the
// tree that Markdoc would render. Only the tags that published pages use are declared.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const require = createRequire(join(resolve(process.argv[2]), "index.js"));
const Markdoc = require("@markdoc/markdoc");

const config = {
  tags: {
    callout: { render: "callout" },
    alert: { render: "alert", attributes: { level: { type: String, required: true } } },
    placeholder: {
      render: "placeholder",
      selfClosing: true,
      attributes: { primary: { type: String, required: true } },
    },
  },
};

function read(text) {
  const document = Markdoc.parse(text);
  const problems = Markdoc.validate(document, config);
  return {
    problems: problems.map(({ lines, error }) => `line ${lines[0] + 1}: ${error.id}: ${error.message}`),
    front: document.attributes.frontmatter ?? "",
    tree: Markdoc.transform(document, config),
  };
}

const texts = JSON.parse(readFileSync(0, "utf8"));
const answers = Object.entries(texts).map(([name, text]) => [name, read(text)]);
process.stdout.write(JSON.stringify(Object.fromEntries(answers)));
