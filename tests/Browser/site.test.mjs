// The built documentation, as a browser shows it. Build it first: dotnet fsi build.fsx docs
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { launch, patience, watchedPage } from './browser.mjs';
import { contrast, picture, rgb } from './pixels.mjs';

const site = resolve(import.meta.dirname, '../../artifacts/docs');
const pages = existsSync(site) ? readdirSync(site).filter(name => name.endsWith('.html')) : [];

suite('the documentation', { ...patience, skip: pages.length === 0 && 'the site is not built' }, () => {
  let browser;

  before(async () => {
    browser = await launch();
  });

  after(() => browser?.close());

  for (const colorScheme of ['light', 'dark']) {
    test(`every page in ${colorScheme}: quiet, readable, its figures drawn`, async t => {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, colorScheme });
      t.after(() => context.close());
      const { page, complaints } = await watchedPage(context);

      for (const name of pages) {
        await page.goto(pathToFileURL(join(site, name)).href);
        const [paper, ink] = await page.evaluate(() => {
          const style = getComputedStyle(document.body);
          return [style.backgroundColor, style.color];
        });
        assert.ok(contrast(rgb(paper), rgb(ink)) > 7, `${name}: ${ink} on ${paper}`);

        for (const chart of await page.locator('figure.chart').all()) {
          const series = await chart.locator('g.series').count();
          const drawn = await picture(chart.locator('svg'));
          for (let i = 0; i < series; i++) {
            const colour = rgb(await chart.locator('g.series polyline').nth(i).evaluate(line => getComputedStyle(line).stroke));
            assert.ok(drawn.count(colour, 40) > 40, `${name}: line ${i + 1} is to be seen`);
          }
          await chart.locator('summary').click();
          assert.ok(await chart.locator('td').first().isVisible(), `${name}: the numbers of the figure`);
        }

        for (const text of await page.locator('figure.chart svg > text, figure.chart .grid text').all()) {
          const [inner, outer] = [await text.boundingBox(), await text.evaluateHandle(node => node.ownerSVGElement).then(svg => svg.asElement().boundingBox())];
          assert.ok(inner.x >= outer.x - 1 && inner.x + inner.width <= outer.x + outer.width + 1, `${name}: ${await text.textContent()} is cut off`);
        }
      }

      assert.deepEqual(complaints, []);
    });
  }

  test('formulas are set in the fonts beside the pages', async t => {
    const context = await browser.newContext();
    t.after(() => context.close());
    const { page, complaints } = await watchedPage(context);
    await page.goto(pathToFileURL(join(site, 'kl-divergence.html')).href);
    await page.evaluate(() => document.fonts.ready);
    if (await page.locator('.katex').count() === 0) return t.skip('formulas are left as TeX');
    assert.ok(await page.locator('.katex-display').count() >= 2);
    assert.ok(await page.evaluate(() => [...document.fonts].some(font => font.family.startsWith('KaTeX') && font.status === 'loaded')));
    assert.deepEqual(complaints, []);
  });

  test('no page is wider than a phone', async t => {
    const context = await browser.newContext({ viewport: { width: 390, height: 800 } });
    t.after(() => context.close());
    const { page } = await watchedPage(context);

    for (const name of pages) {
      await page.goto(pathToFileURL(join(site, name)).href);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 391, `${name} is ${width} pixels wide`);
    }
  });
});
