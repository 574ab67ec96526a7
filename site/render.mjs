// Renders the formulas of the built site to HTML and MathML, in place, and puts KaTeX's style sheet and fonts beside it.
// FsDocs leaves a formula as <span class="math">\(…\)</span>, or \[…\] where it stands on a line of its own.
// A formula that KaTeX cannot read, or that it warns of, fails the build with its page.
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import katex from 'katex';

const [, , site] = process.argv;
const katexFolder = join(import.meta.dirname, 'node_modules', 'katex', 'dist');
const formula = /<span class="math">\\([([])([\s\S]*?)\\[)\]]<\/span>/g;
const entities = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' };
const plain = tex => tex.replace(/&(?:lt|gt|quot|#39|amp);/g, entity => entities[entity]);

const strict = (code, message) => { throw new Error(`${code}: ${message}`); };

let rendered = 0;

for (const name of await readdir(site, { recursive: true })) {
  if (!name.endsWith('.html')) continue;
  const page = join(site, name);
  const text = await readFile(page, 'utf8');

  const html = text.replace(formula, (_, open, tex) => {
    rendered++;
    try {
      return katex.renderToString(plain(tex), { displayMode: open === '[', strict, throwOnError: true });
    } catch (error) {
      throw new Error(`${name}: ${tex}\n${error.message}`);
    }
  });

  if (html !== text) await writeFile(page, html);
}

await cp(join(katexFolder, 'katex.min.css'), join(site, 'content', 'katex.css'));
await cp(join(katexFolder, 'fonts'), join(site, 'content', 'fonts'), { recursive: true });
console.log(`${rendered} formulas`);
