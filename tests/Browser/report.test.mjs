// The report of `trustregion compare`, as a browser shows it.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { launch, patience, start, temporaryFolder, watchedPage } from './browser.mjs';
import { contrast, distance, picture, rgb } from './pixels.mjs';

const looks = ['vpg', 'trpo', 'ppo'];
const wide = 'svg.wide[data-hover=return]';

suite('the report of a comparison', patience, () => {
  let browser, address, remove;

  before(async () => {
    let folder;
    ({ folder, remove } = await temporaryFolder());
    const run = await start(
      folder, 'compare', 'cliff-walking', '--algorithms', looks.join(','), '--seeds', '3', '--steps', '12288', '--report', 'report.html').ended;
    assert.equal(run.code, 0, run.error);
    address = pathToFileURL(join(folder, 'report.html')).href;
    browser = await launch();
  });

  after(async () => {
    await browser?.close();
    await remove?.();
  });

  /** Opens the report and, at the end of the test, holds it to have neither complained nor asked the network. */
  const open = async (t, options = {}) => {
    const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
    const { page, complaints } = await watchedPage(context);
    t.after(async () => {
      await context.close();
      assert.deepEqual(complaints, []);
    });
    await page.goto(address);
    return page;
  };

  const variable = (page, name) => page.evaluate(key => getComputedStyle(document.documentElement).getPropertyValue(key), name).then(rgb);

  const dataOf = (page, name) => page.evaluate(id => JSON.parse(document.getElementById(`hover-${id}`).textContent), name);

  /** The places of data in the picture of its plot: from parts of the plot to pixels. */
  const placesIn = async (element, drawn) => {
    const [left, top, right, bottom] = (await element.getAttribute('data-plot')).split(' ').map(Number);
    const [, , width, height] = (await element.getAttribute('viewBox')).split(' ').map(Number);
    return ([px, py]) => [(left + px * (right - left)) / width * drawn.width, (bottom - py * (bottom - top)) / height * drawn.height];
  };

  for (const scheme of ['light', 'dark']) {
    test(`in a ${scheme} theme the lines go through the medians, each in its colour`, async t => {
      const page = await open(t, { colorScheme: scheme });
      const element = page.locator(wide);
      const drawn = await picture(element);
      const placeOf = await placesIn(element, drawn);

      for (const series of (await dataOf(page, 'return')).series) {
        const colour = await variable(page, `--${series.look}`);
        const places = series.points.map(placeOf);
        const found = places.filter(([x, y]) => drawn.hasNear(x, y, colour, 3));
        assert.ok(places.length >= 10, `${series.name} has ${places.length} points`);
        // Where lines meet, one lies on the other, and some lines are dashed.
        assert.ok(found.length >= 0.6 * places.length, `${series.name}: ${found.length} of ${places.length} points are in its colour`);
      }
    });

    test(`in a ${scheme} theme the paper is ${scheme}, and all of it can be read`, async t => {
      const page = await open(t, { colorScheme: scheme });
      const paper = await variable(page, '--paper');
      const corner = (await picture(page.locator('h1'))).at(1, 1);
      assert.ok(distance(corner, paper) <= 2, `the paper is ${corner}`);
      assert.equal(Math.max(...paper) < 64, scheme === 'dark');

      for (const name of ['ink', 'soft', ...looks, 'npg', 'ppo-penalty']) {
        const ratio = contrast(await variable(page, `--${name}`), paper);
        assert.ok(ratio >= 4.5, `${name} on the paper has the contrast ${ratio.toFixed(2)}`);
      }
    });

    test(`in a ${scheme} theme every panel has its dots, and the limit`, async t => {
      // Lines of a pixel or so are drawn crisply only on a fine screen.
      const page = await open(t, { colorScheme: scheme, deviceScaleFactor: 2 });

      for (const look of looks) {
        const element = page.locator(`svg[data-hover=divergence-${look}]`);
        const drawn = await picture(element);
        const placeOf = await placesIn(element, drawn);
        const points = (await dataOf(page, `divergence-${look}`)).points;
        const paper = await variable(page, '--paper');
        const seen = points.map(placeOf).filter(([x, y]) => drawn.differsNear(x, y, paper));
        assert.equal(points.length, 36, `three seeds of ${look} make twelve updates each`);
        assert.equal(seen.length, points.length, `the dots of ${look} that are to be seen`);

        const ink = await variable(page, '--ink');
        const limit = Number(await element.locator('line.limit').getAttribute('y1')) / 240 * drawn.height;
        const isDash = x => [-4, -3, -2, -1, 0, 1, 2, 3, 4].some(dy => distance(drawn.at(x, limit + dy), ink) <= 40);
        const dashes = Array.from({ length: drawn.width }, (_, x) => isDash(x)).filter(Boolean).length;
        assert.ok(dashes > 0.25 * drawn.width && dashes < 0.6 * drawn.width, `δ is a dashed line: ${dashes} of ${drawn.width} pixels`);
      }
    });
  }

  test('the bars of the acceptance are as long as the counts say', async t => {
    const page = await open(t);
    const drawn = await picture(page.locator('#acceptance svg.wide'));
    const colours = await Promise.all(looks.map(look => variable(page, `--${look}`)));
    const [vpg, , ppo] = colours.map(colour => drawn.count(colour));
    assert.ok(vpg > 5000, `the bar of vpg has ${vpg} pixels`);
    assert.ok(Math.abs(vpg - ppo) < 0.05 * vpg, 'both take every update, so their bars are equally long');
  });

  test('the values at the pointer are those of the data', async t => {
    const page = await open(t);
    const element = page.locator(wide);
    await element.scrollIntoViewIfNeeded();
    const box = await element.boundingBox();
    const data = await dataOf(page, 'return');
    const longest = data.series.reduce((a, b) => b.points.length > a.points.length ? b : a);
    const point = longest.points[Math.floor(longest.points.length / 2)];
    const placeOf = await placesIn(element, box);
    const before = await picture(element);
    const [x, y] = placeOf(point);
    await page.mouse.move(box.x + x, box.y + y);
    const tip = page.locator('.tip');
    assert.equal(await tip.locator('strong').textContent(), `${point[2]} steps`);
    const rows = await tip.locator('tr').evaluateAll(all => all.map(row => [...row.children].map(cell => cell.textContent)));
    assert.deepEqual(rows.map(row => row[0]), data.series.map(series => series.name));
    assert.deepEqual(rows.find(row => row[0] === longest.name), [longest.name, point[3], point[4]]);

    const after = await picture(element);
    const ink = await variable(page, '--ink');
    const column = Array.from({ length: 60 }, (_, index) => 40 + 4 * index);
    assert.ok(column.filter(at => distance(after.at(x, at), before.at(x, at)) > 40).length > 40, 'a line stands at the pointer');
    assert.ok(after.count(ink, 8) > before.count(ink, 8) + 2000, 'the values stand on a ground of ink');

    await page.mouse.move(5, 5);
    assert.equal(await tip.isHidden(), true);
  });

  test('a dot tells its update, at the pointer and at the arrow keys', async t => {
    const page = await open(t);
    const element = page.locator('svg[data-hover=divergence-trpo]');
    await element.scrollIntoViewIfNeeded();
    const { points, name } = await dataOf(page, 'divergence-trpo');
    const box = await element.boundingBox();
    const [x, y] = (await placesIn(element, box))(points[5]);
    await page.mouse.move(box.x + x, box.y + y);
    assert.match(await page.locator('.tip').textContent(), /^TRPOKL 0\.\d+ nats · seed \d · [\d,]+ steps$/);
    await page.mouse.move(5, 5);
    await element.focus();
    await page.keyboard.press('Home');
    assert.equal(await page.locator('.tip').textContent(), name + points[0][2]);
    await page.keyboard.press('ArrowRight');
    assert.equal(await page.locator('.tip').textContent(), name + points[1][2]);
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('.tip').isHidden(), true);
  });

  test('every figure says itself in words and numbers', async t => {
    const page = await open(t);

    for (const id of ['return', 'divergence', 'gain', 'acceptance']) {
      const section = page.locator(`#${id}`);
      await section.locator('summary').click();
      assert.equal(await section.locator(`#${id}-text`).isVisible(), true);
      assert.ok((await section.locator('tbody tr').count()) >= looks.length, id);
      assert.match(await section.locator(`#${id}-text`).textContent(), /VPG.*TRPO.*PPO/);
    }

    const unnamed = await page.locator('svg[role=img]').evaluateAll(all => all.filter(svg =>
      !svg.getAttribute('aria-label') && !document.getElementById(svg.getAttribute('aria-labelledby'))?.textContent).length);
    assert.equal(unnamed, 0, 'every picture has a name');
  });

  test('without scripts the figures are there', async t => {
    const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, javaScriptEnabled: false });
    t.after(() => context.close());
    const page = await context.newPage();
    await page.goto(address);
    const size = await page.locator(`${wide} path.line.trpo`).boundingBox();
    assert.ok(size.width > 400 && size.height > 20, 'the line is drawn');
  });

  test('on a narrow page nothing is cut off, and labels keep a size that can be read', async t => {
    const page = await open(t, { viewport: { width: 380, height: 800 } });
    const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(content <= window, `the content is ${content} wide`);
    assert.equal(await page.locator(wide).isVisible(), false);
    assert.equal(await page.locator('svg.narrow[data-hover=return]').isVisible(), true);
    const heights = await page.locator('svg.figure:not(.swatch) text').evaluateAll(all => all
      .map(text => text.getBoundingClientRect()).filter(box => box.height > 0).map(box => box.height));
    assert.ok(heights.length > 20 && Math.min(...heights) >= 8, `the smallest label is ${Math.min(...heights)} high`);

    const drawn = await picture(page.locator('svg.narrow[data-hover=return]'));
    for (const look of looks) assert.ok(drawn.count(await variable(page, `--${look}`), 40) > 100, look);
  });

  test('printed from a dark theme it is dark ink on white paper', async t => {
    const page = await open(t, { colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    assert.deepEqual(await variable(page, '--paper'), [255, 255, 255]);
    assert.equal(await page.locator('details').first().isVisible(), false);
    const drawn = await picture(page.locator(wide));
    assert.deepEqual(drawn.at(2, drawn.height - 2), [255, 255, 255]);
    for (const look of looks) assert.ok(drawn.count(await variable(page, `--${look}`), 40) > 100, look);
    const pdf = await page.pdf({ format: 'A4' });
    const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g).length;
    assert.ok(pages >= 2 && pages <= 5, `${pages} pages`);
  });
});
