// Reads YAML texts with js-yaml.
//
//   node read_yaml.mjs <folder that holds node_modules>  < {"name": "text", ...}  > {"name": {...}, ...}
//
// Each answer has the error, or the value with every scalar as the text that is written.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const require = createRequire(join(resolve(process.argv[2]), "index.js"));
const yaml = require("js-yaml");

function read(text) {
  try {
    return { error: "", value: yaml.load(text, { schema: yaml.FAILSAFE_SCHEMA }) ?? null };
  } catch (error) {
    return { error: String(error.message), value: null };
  }
}

const texts = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, read(text)]))));
