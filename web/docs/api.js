// The contract as pages: an index of all operations, and those of one subject in full, by Redoc. By subject, as
// Redoc builds all that it is given at once: the whole contract is a minute's work for a browser, a subject takes seconds.
//
//   api                     the index
//   api?of=invoices         one subject; #tag/…/operation/… is Redoc's own way to a place in it
//
// Without Redoc the page says how it is got, and the index leads nowhere.
"use strict";

const METHODS = ["get", "post", "patch", "put", "delete"];
const READER = {
	nativeScrollbars: true,
	hideSchemaTitles: true,
	jsonSamplesExpandLevel: 3,
	maxDisplayedEnumValues: 12,
	theme: {
		colors: { primary: { main: "#1f4fd8" } },
		typography: {
			fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
			headings: { fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif', fontWeight: "600" },
			code: { fontFamily: 'ui-monospace, "SFMono-Regular", Menlo, monospace' },
		},
	},
};

const place = id => document.getElementById(id);

function element(name, text, more = {}) {
	return Object.assign(document.createElement(name), { textContent: text }, more);
}

// What the document says of one subject, with all that it refers to.
function subject(contract, tag) {
	const paths = {};
	for (const [path, item] of Object.entries(contract.paths)) {
		const kept = Object.entries(item).filter(([method, operation]) => !METHODS.includes(method) || operation.tags.includes(tag));
		if (kept.some(([method]) => METHODS.includes(method)))
			paths[path] = Object.fromEntries(kept);
	}
	return { ...contract, paths, tags: contract.tags.filter(each => each.name === tag) };
}

function operationLine(path, method, operation) {
	const line = element("li", "");
	const call = element("code", path);
	call.prepend(element("b", method.toUpperCase(), { className: method }));
	if (window.Redoc) {
		const tag = operation.tags[0];
		const link = element("a", "", { href: `api?of=${encodeURIComponent(tag)}#tag/${tag}/operation/${operation.operationId}` });
		link.append(call);
		line.append(link);
	} else {
		line.append(call);
	}
	line.append(element("span", operation.summary));
	line.dataset.words = `${method} ${path} ${operation.summary} ${operation.operationId}`.toLowerCase();
	return line;
}

function showIndex(contract) {
	const of = new Map(contract.tags.map(tag => [tag.name, []]));
	for (const [path, item] of Object.entries(contract.paths))
		for (const method of METHODS.filter(each => item[each]))
			of.get(item[method].tags[0]).push(operationLine(path, method, item[method]));
	for (const tag of contract.tags) {
		const section = element("section", ""), title = element("h2", window.Redoc ? "" : tag.name), list = element("ul", "");
		if (window.Redoc)
			title.append(element("a", tag.name, { href: `api?of=${encodeURIComponent(tag.name)}` }));
		list.append(...of.get(tag.name));
		section.append(title, element("p", tag.description), list);
		place("index").append(section);
	}
	place("find").hidden = false;
	place("find").addEventListener("submit", event => event.preventDefault());
	place("find").addEventListener("input", event => {
		const words = event.target.value.toLowerCase().split(/\s+/);
		for (const section of place("index").children) {
			for (const line of section.querySelectorAll("li"))
				line.hidden = !words.every(word => line.dataset.words.includes(word));
			section.hidden = !section.querySelector("li:not([hidden])");
		}
	});
}

async function show() {
	const answer = await fetch(place("contract").href);
	if (!answer.ok)
		throw new Error(`${answer.status}`);
	const contract = await answer.json();
	const tag = new URLSearchParams(location.search).get("of");
	if (window.Redoc && contract.tags.some(each => each.name === tag)) {
		document.title = `${tag}: Billfold's API`;
		document.body.classList.add("one");
		Redoc.init(subject(contract, tag), { ...READER, downloadDefinitionUrl: place("contract").href }, place("reference"));
	} else {
		showIndex(contract);
	}
}

place("missing").hidden = Boolean(window.Redoc);
show().catch(error => {
	place("told").textContent = `The document cannot be read at present (${error.message}).`;
});
