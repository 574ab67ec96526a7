// The dashboard of `trustregion train`, as a browser shows it.
import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { launch, patience, start, temporaryFolder, watchedPage } from './browser.mjs';
import { picture, rgb } from './pixels.mjs';

suite('the dashboard of a run', patience, () => {
  let browser;

  before(async () => {
    browser = await launch();
  });

  after(() => browser?.close());

  /** A run that goes on until it is interrupted, and its page. */
  const watch = async (t, steps) => {
    const { folder, remove } = await temporaryFolder();
    t.after(remove);
    const run = start(folder, 'train', 'stay-switch', '--steps', `${steps}`, '--stop-at', 'never', '--out', 'run', '--dashboard');
    t.after(async () => {
      run.interrupt();
      await run.ended;
    });
    const [, address] = await run.line(/^Dashboard: (http:\/\/.*)$/m);
    assert.match(address, /^http:\/\/127\.0\.0\.1:\d+\/$/);
    const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, colorScheme: 'light' });
    t.after(() => context.close());
    const { page, complaints } = await watchedPage(context, address);
    await page.goto(address);
    return { folder, run, page, complaints };
  };

  const stepsShown = page => page.locator('#facts dd').first().textContent().then(text => Number(text.split(' ')[0].replaceAll(',', '')));

  const moreStepsThan = (page, steps) => page.waitForFunction(
    least => Number(document.querySelector('#facts dd').textContent.split(' ')[0].replaceAll(',', '')) > least, steps, { timeout: 60_000 });

  test('its figures grow while training goes on', async t => {
    const { page, complaints, run } = await watch(t, 1_000_000_000);
    await moreStepsThan(page, 5000);
    assert.equal(await page.locator('#connection').textContent(), 'live');
    const steps = await stepsShown(page);
    const line = page.locator('svg.wide path.line.trpo');
    const path = await line.getAttribute('d');
    await moreStepsThan(page, steps + 5000);
    assert.notEqual(await line.getAttribute('d'), path);

    const colour = rgb(await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--trpo')));
    const drawn = await picture(page.locator('svg.wide[data-hover=return]'));
    assert.ok(drawn.count(colour, 40) > 300, 'the line is to be seen');
    assert.deepEqual(complaints, []);
    run.interrupt();
    // 128 and the number of SIGTERM: what was trained is written.
    assert.equal((await run.ended).code, 143);
  });

  test('what is pointed at holds still, and what it says is shown', async t => {
    const { page, complaints } = await watch(t, 1_000_000_000);
    await moreStepsThan(page, 20_000);
    const panel = page.locator('svg[data-hover=divergence-trpo]');
    await panel.scrollIntoViewIfNeeded();
    const box = await panel.boundingBox();
    await page.mouse.move(box.x + 0.5 * box.width, box.y + 0.5 * box.height);
    const dots = panel.locator('path.dots').first();
    const held = await dots.getAttribute('d');
    assert.match(await page.locator('.tip').textContent(), /KL .* nats/);
    await moreStepsThan(page, (await stepsShown(page)) + 5000);
    assert.equal(await dots.getAttribute('d'), held);
    await page.mouse.move(2, 2);
    await moreStepsThan(page, (await stepsShown(page)) + 5000);
    assert.notEqual(await dots.getAttribute('d'), held);
    assert.deepEqual(complaints, []);
  });

  test('closing it does not disturb the training', async t => {
    const { folder, page, run } = await watch(t, 100_000);
    await page.close();
    const result = await run.ended;
    assert.equal(result.code, 0, result.error);
    assert.match(result.output, /Done after 100,352 steps/);
    await access(join(folder, 'run', 'policy.json'));
  });

  test('a page that stays open is told the end, and keeps the last figures', async t => {
    const { page, complaints, run } = await watch(t, 60_000);
    assert.equal((await run.ended).code, 0);
    await page.waitForFunction(() => document.getElementById('connection').textContent === 'the run has ended', null, { timeout: 60_000 });
    assert.equal(await stepsShown(page), 60_416);
    assert.deepEqual(complaints, []);
  });
});
