// Holds the stand-in's contract against the types of Stripe's own library: node contract.mjs DESCRIPTION.json
// Prints a line for each difference and how much was compared; ends with 1 when there is a difference.
//
// Compared: every parameter's name both ways, what is required, every enumeration that is written out,
// and the same in nested objects. The types come from the vendor's OpenAPI description.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import path from "node:path";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "node_modules", "stripe");
const read = (name) => readFileSync(path.join(root, name), "utf8");
const described = JSON.parse(readFileSync(process.argv[2], "utf8"));
const files = {
  PaymentIntent: "PaymentIntents", SetupIntent: "SetupIntents", Session: "Checkout/Sessions", Refund: "Refunds",
  Dispute: "Disputes", Customer: "Customers", PaymentMethod: "PaymentMethods", Event: "Events",
};
const shared = { PaginationParams: ["ending_before", "limit", "starting_after"] };
const differences = [];
let compared = 0;

// A declaration's lines between its braces, comments away.
function block(text, expression) {
  const start = text.search(expression);
  if (start < 0) return null;
  let depth = 0, from = text.indexOf("{", start), at = from;
  do {
    if (text[at] === "{") depth++;
    if (text[at] === "}") depth--;
    at++;
  } while (depth);
  return { head: text.slice(start, from), body: text.slice(from + 1, at - 1) };
}

// name -> {optional, type} of the members at the top of a block
function members(body) {
  const found = {};
  let depth = 0;
  for (const line of body.split("\n")) {
    const match = depth === 0 && line.match(/^\s*'?([a-z][a-z0-9_]*)'?(\?)?: (.*);$/);
    if (match) found[match[1]] = { optional: match[2] === "?", type: match[3] };
    depth += (line.match(/{/g) ?? []).length - (line.match(/}/g) ?? []).length;
  }
  return found;
}

function compare(where, text, name, table) {
  const parts = name.split(".");
  let scope = text;
  for (const part of parts.slice(0, -1)) scope = block(scope, new RegExp(`namespace ${part} {`))?.body ?? "";
  const last = parts.at(-1);
  const found = block(scope, new RegExp(`interface ${last}( extends [^{]*)? {`));
  if (!found) {
    differences.push(`${where}: the vendor has no ${name}`);
    return;
  }
  const theirs = members(found.body);
  for (const [parent, names] of Object.entries(shared))
    if (found.head.includes(parent)) for (const each of names) theirs[each] ??= { optional: true, type: "string" };
  for (const each of new Set([...Object.keys(theirs), ...Object.keys(table)])) {
    compared++;
    const at = `${where}.${each}`, own = table[each], their = theirs[each];
    if (!own) differences.push(`${at}: not in our table`);
    else if (!their) differences.push(`${at}: not the vendor's`);
    else {
      if (own.kind !== "any" && own.required === their.optional)
        differences.push(`${at}: required here ${own.required}, there ${!their.optional}`);
      nested(at, text, name, own, their.type);
    }
  }
}

function nested(at, text, name, own, type) {
  const named = type.replace(/^Emptyable<(.*)>$/, "$1").replace(/^Array<(.*)>$/, "$1");
  const inner = own.kind === "array" ? own.of : own;
  if (inner.kind === "enum") {
    const parts = named.split(".");
    let scope = text;
    for (const part of named.startsWith("'") ? [] : qualify(name, parts).slice(0, -1))
      scope = block(scope, new RegExp(`namespace ${part} {`))?.body ?? "";
    const line = named.startsWith("'") ? named : scope.match(new RegExp(`type ${parts.at(-1)} = ([^;]*);`))?.[1] ?? "";
    const theirs = (line.match(/'([^']*)'/g) ?? []).map((word) => word.slice(1, -1)).sort();
    compared++;
    if (theirs.join() !== [...inner.words].sort().join())
      differences.push(`${at}: words here ${[...inner.words].sort()}, there ${theirs}`);
  }
  if (inner.kind === "object" && /^[A-Z][A-Za-z.]*$/.test(named) && named !== "MetadataParam")
    compare(at, text, qualify(name, named.split(".")).join("."), inner.fields);
}

// Types are named from the namespace that holds them: "PriceData.ProductData" inside SessionCreateParams.LineItem.
function qualify(name, parts) {
  const outer = name.split(".");
  if (parts[0] === outer.at(-1)) return [...outer.slice(0, -1), ...parts];
  const known = outer.indexOf(parts[0]);
  return known >= 0 ? [...outer.slice(0, known), ...parts] : [...outer, ...parts];
}

const version = read("esm/apiVersion.js").match(/'([^']+)'/)[1];
if (version !== described.version) differences.push(`version here ${described.version}, there ${version}`);
for (const [name, table] of Object.entries(described.operations)) {
  const file = files[name.match(/^(PaymentIntent|SetupIntent|PaymentMethod|Session|Refund|Dispute|Customer|Event)/)[1]];
  const text = read(`esm/resources/${file}.d.ts`).replace(/\/\*[\s\S]*?\*\//g, "");
  compare(name, text, name, table);
}
for (const line of differences) console.log(line);
console.log(`${compared} compared, ${differences.length} differences`);
process.exit(differences.length || !compared ? 1 : 0);
